import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";

/** The fields of package.json that the pack's own is made of. */
interface Manifest {
  version: string;
  license: string;
  homepage: string;
  repository: object;
  bugs: string;
  dependencies: Record<string, string>;
  peerDependencies: Record<string, string>;
}

/** Where the pack is made of what. */
interface PackPlaces {
  /** The repository. */
  root: string;
  /** Its compiled files. */
  dist: string;
  manifest: Manifest;
  /** Folder of the pack as a package of its own. */
  out: string;
}

const ENTRY = "policy/pack.js";

/**
 * Makes the compiled pack one that `--policy-pack` takes: in place, for the command line, and as a
 * package of its own with the rules and what they need, and nothing else.
 *
 * @throws Error when a file needs a package that package.json does not name
 */
export function writePolicyPack({ root, dist, manifest, out }: PackPlaces): void {
  const source = join(root, "policy");
  const own = JSON.parse(readFileSync(join(source, "package.json"), "utf8"));
  const { files, packages } = reachable(dist, ENTRY);
  const { version, license, homepage, repository, bugs } = manifest;
  const { private: _private, ...shared } = { ...own, version, license };

  cpSync(join(source, "PulumiPolicy.yaml"), join(dist, "policy/PulumiPolicy.yaml"));
  writeJson(join(dist, "policy/package.json"), { ...shared, main: "pack.js" });

  rmSync(out, { recursive: true, force: true });
  for (const file of files) cpSync(join(dist, file), join(out, file), { recursive: true });
  cpSync(join(source, "PulumiPolicy.yaml"), join(out, "PulumiPolicy.yaml"));
  cpSync(join(source, "generated/policy-config.schema.json"), join(out, "config.schema.json"));
  cpSync(join(root, "LICENSE"), join(out, "LICENSE"));
  writeFileSync(join(out, "README.md"), readFileSync(join(source, "README.md"), "utf8"));
  const known = { ...manifest.peerDependencies, ...manifest.dependencies };
  writeJson(join(out, "package.json"), {
    ...shared,
    homepage,
    repository,
    bugs,
    main: ENTRY,
    // The pack is a process of its own, so it brings its SDK.
    dependencies: Object.fromEntries(
      [...packages, "@pulumi/pulumi"].sort().map((name) => {
        const wanted = known[name];
        if (wanted === undefined) throw new Error(`${name} is not in package.json; add it there`);
        return [name, wanted];
      }),
    ),
  });
}

/** The compiled files that an entry needs, itself among them, and the packages they ask for. */
function reachable(folder: string, entry: string): { files: Set<string>; packages: Set<string> } {
  const files = new Set<string>();
  const packages = new Set<string>();
  const visit = (file: string): void => {
    if (files.has(file)) return;
    files.add(file);
    const text = readFileSync(join(folder, file), "utf8");
    for (const [, asked = ""] of text.matchAll(/\brequire\("([^"]+)"\)/g)) {
      if (!asked.startsWith(".")) {
        if (!asked.startsWith("node:")) packages.add(packageOf(asked));
        continue;
      }
      const target = require.resolve(join(folder, dirname(file), asked));
      visit(relative(folder, target));
    }
  };
  visit(entry);
  return { files, packages };
}

/** The package of an import: `yaml`, `@pulumi/policy`. */
function packageOf(asked: string): string {
  return asked
    .split("/")
    .slice(0, asked.startsWith("@") ? 2 : 1)
    .join("/");
}

function writeJson(path: string, value: unknown): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${JSON.stringify(value, undefined, 2)}\n`);
}
