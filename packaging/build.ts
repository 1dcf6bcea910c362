import { spawnSync } from "node:child_process";
import { cpSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { argv, exit } from "node:process";
import { buildSync } from "esbuild";
import { writePolicyPack } from "./policy-pack";
import { quickBundle } from "./quick-bundle";

const root = join(__dirname, "..");

/** A folder for tests, else where the packages are made from. */
const out = argv[2] ?? root;
const dist = join(out, "dist");

/** What the command line, the components and the pack are made of. */
const rooms = [
  "cli",
  "clients",
  "components",
  "config",
  "model",
  "policy",
  "program.ts",
  "sim",
  "start",
  "templates",
];

function sourcesIn(path: string): string[] {
  const whole = join(root, path);
  if (!statSync(whole).isDirectory()) return /\.ts$/.test(path) ? [whole] : [];
  return readdirSync(whole).flatMap((name) => sourcesIn(join(path, name)));
}

rmSync(dist, { recursive: true, force: true });
buildSync({
  entryPoints: rooms.flatMap(sourcesIn),
  outbase: root,
  outdir: dist,
  format: "cjs",
  platform: "node",
  target: "node20",
  logLevel: "warning",
});
// Declarations only of what others may import: to infer the rest takes most of the time.
const tsc = require.resolve("typescript/bin/tsc");
const declarations = ["-p", join(root, "tsconfig.build.json"), "--outDir", dist];
const { status } = spawnSync(process.execPath, [tsc, ...declarations], { stdio: "inherit" });
if (status !== 0) exit(status ?? 1);

// What the compiler leaves: data that is read at run time.
for (const file of [
  "config/generated/stack.schema.json",
  "config/generated/sections.schema.json",
  "components/generated/plugin-schema.json",
]) {
  cpSync(join(root, file), join(dist, file));
}

const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
writePolicyPack({ root, dist, manifest, out: join(out, "dist-policy") });

// Beside them, in one file that is loaded at once, the commands that people run most.
void quickBundle(root).then(({ text }) => writeFileSync(join(dist, "quick.js"), text));
