// The commands that need the model alone, as one file: for the package, and for runs in a clone.
const { build } = require("esbuild");
const { readFile } = require("node:fs/promises");
const { join, relative } = require("node:path");

/** Texts of zod in fifty languages: this program has its own. */
const oneLanguage = {
  name: "one-language",
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]zod[\\/]v4[\\/]locales[\\/]index\.c?js$/ }, () => ({
      contents: 'export { default as en } from "./en.js";',
    }));
  },
};

/** Each source keeps its own place, from which it finds files beside it; `bin/quick.js` says where. */
const ownPlaces = (root) => ({
  name: "own-places",
  setup({ onLoad }) {
    onLoad({ filter: /\.ts$/ }, async ({ path }) => {
      const text = await readFile(path, "utf8");
      const asked = text.match(/__(?:dirname|filename)\b/g) ?? [];
      const place = JSON.stringify(relative(root, path).replace(/\.ts$/, ""));
      const names = [...new Set(asked)].map((name) => `const ${name} = ${name}Of(${place});`);
      return { contents: `${names.join(" ")}${text}`, loader: "ts" };
    });
  },
});

/**
 * Bundles `cli/lib/self/quick.ts`.
 *
 * @param {string} root the project
 * @returns {Promise<{ text: string, inputs: string[] }>} the JavaScript, in ASCII, and the files
 *   that it was made of, as paths from the root
 */
exports.quickBundle = async (root) => {
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    entryPoints: [join(root, "cli/lib/self/quick.ts")],
    bundle: true,
    format: "cjs",
    platform: "node",
    target: "node20",
    charset: "ascii",
    minifyWhitespace: true,
    legalComments: "none",
    metafile: true,
    write: false,
    logLevel: "silent",
    plugins: [oneLanguage, ownPlaces(root)],
  });
  // Regular expressions keep their characters; one outside Latin-1 doubles the memory of the whole.
  const text = outputFiles[0].text.replace(
    /[^\0-\x7f]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  return { text, inputs: Object.keys(metafile.inputs).sort() };
};
