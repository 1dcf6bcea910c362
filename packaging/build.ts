import { spawnSync } from "node:child_process";
import { cpSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { argv, exit } from "node:process";
import { writePolicyPack } from "./policy-pack";

const root = join(__dirname, "..");

/** A folder for tests, else where the packages are made from. */
const out = argv[2] ?? root;
const dist = join(out, "dist");

rmSync(dist, { recursive: true, force: true });
const tsc = require.resolve("typescript/bin/tsc");
const { status } = spawnSync(
  process.execPath,
  [tsc, "-p", join(root, "tsconfig.build.json"), "--outDir", dist],
  { stdio: "inherit" },
);
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
