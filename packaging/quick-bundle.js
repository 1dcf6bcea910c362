// The command line as one file: the commands that need the model alone, for the package and for runs
// in a clone; all of them, for runs in a clone; and the policy pack as one, for runs in a clone.
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
    onLoad({ filter: /\.(?:ts|js)$/ }, async ({ path }) => {
      const text = await readFile(path, "utf8");
      const asked = text.match(/__(?:dirname|filename)\b/g) ?? [];
      const isOwn = path.endsWith(".ts");
      // Of a package only what asks, for its directives have to stay first elsewhere.
      if (!isOwn && asked.length === 0) return undefined;
      const [, name = "", ending = ""] = /^(.*)\.(\w+)$/.exec(relative(root, path)) ?? [];
      const place = [name, ...(isOwn ? [] : [ending])].map((part) => JSON.stringify(part));
      const names = [...new Set(asked)].map((name) => `const ${name} = ${name}Of(${place});`);
      return { contents: `${names.join(" ")}${text}`, loader: isOwn ? "ts" : "js" };
    });
  },
});

/** What is there once in a process, or is no JavaScript. */
const outside = [
  "@pulumi/*",
  "@muhlba91/*",
  "@grpc/*",
  "google-protobuf",
  "cpu-features",
  "*.node",
];

/** Bundles the commands that need the model alone. */
exports.quickBundle = (root) => bundled(root, "cli/lib/self/quick.ts", []);

/** Bundles the whole command line, without the SDKs. */
exports.wholeBundle = (root) => bundled(root, "cli/homelab.ts", outside);

/** Bundles the policy pack, without the SDKs. */
exports.packBundle = (root) => bundled(root, "policy/pack.ts", outside);

/**
 * Bundles a file and what it imports.
 *
 * @param {string} root the project
 * @param {string} entry the file, as a path from the root
 * @param {string[]} external packages that are left out
 * @returns {Promise<{ text: string, inputs: string[] }>} the JavaScript, in ASCII, and the files
 *   that it was made of, as paths from the root
 */
const bundled = async (root, entry, external) => {
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    entryPoints: [join(root, entry)],
    external,
    bundle: true,
    format: "cjs",
    platform: "node",
    target: "node20",
    charset: "ascii",
    minifyWhitespace: true,
    legalComments: "none",
    metafile: true,
    write: false,
    // A script has no import(), and what is left out can be required.
    supported: { "dynamic-import": false },
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
