import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";

const root = join(__dirname, "../../..");

/** A package as npm makes it. */
export interface Packed {
  /** Path of the archive. */
  archive: string;
  /** Paths inside, sorted. */
  files: string[];
  /** Bytes of the archive. */
  size: number;
}

/** Runs a program; its output where it fails is the reason. */
function run(program: string, args: readonly string[], cwd: string): string {
  const { status, stdout, stderr } = spawnSync(program, args, { cwd, encoding: "utf8" });
  if (status !== 0) throw new Error(`${program} ${args.join(" ")}: ${stderr}${stdout}`);
  return stdout;
}

/** Builds both packages in a folder of their own and packs them, as `npm pack` does in a clone. */
export function packBoth(folder: string): { library: Packed; policy: Packed } {
  for (const file of ["package.json", "PulumiPlugin.yaml", "README.md", "LICENSE", "bin"]) {
    cpSync(join(root, file), join(folder, file), { recursive: true });
  }
  run(process.execPath, ["--import", "tsx", join(root, "packaging/build.ts"), folder], root);
  return { library: pack(folder), policy: pack(join(folder, "dist-policy")) };
}

function pack(folder: string): Packed {
  const [told] = JSON.parse(run("npm", ["pack", "--json", "--ignore-scripts"], folder)) as {
    filename: string;
    size: number;
    files: { path: string }[];
  }[];
  if (told === undefined) throw new Error("npm pack made nothing");
  const files = told.files.map(({ path }) => path).sort();
  return { archive: join(folder, told.filename), files, size: told.size };
}

/**
 * Unpacks a package into a project and links the packages that it says it needs, and no others: what
 * npm would bring, without the way to a registry.
 */
export function install(project: string, { archive }: Packed): void {
  const unpacked = join(project, "node_modules", ".unpacked");
  mkdirSync(unpacked, { recursive: true });
  run("tar", ["-xzf", archive, "-C", unpacked], project);
  const manifest = JSON.parse(readFileSync(join(unpacked, "package/package.json"), "utf8"));
  const target = join(project, "node_modules", manifest.name);
  cpSync(join(unpacked, "package"), target, { recursive: true });
  run("rm", ["-rf", unpacked], project);
  link(project, Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies }));
}

/** Links packages of this repository into a project. */
export function link(project: string, packages: readonly string[]): void {
  for (const name of packages) {
    const to = join(project, "node_modules", name);
    mkdirSync(dirname(to), { recursive: true });
    try {
      symlinkSync(join(root, "node_modules", name), to);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
  }
}
