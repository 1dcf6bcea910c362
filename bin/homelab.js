#!/usr/bin/env node
// From a clone the sources run as they are; the package has them compiled.
const { existsSync } = require("node:fs");
const { join } = require("node:path");
const { isQuick, runQuick, runWhole } = require("./quick");

const root = join(__dirname, "..");
const clone = existsSync(join(root, "cli/homelab.ts"));

async function main() {
  const { node } = process.versions;
  if (Number.parseInt(node, 10) < 20)
    return refuse(`found Node ${node}, Node 20 or newer is needed`);
  if (isQuick(process.argv[2]) && (await runQuick(root, clone))) return;
  if (!clone) return require("../dist/cli/homelab.js").main();
  if (await runWhole(root, process.argv[2])) return;
  await import("tsx");
  return require("../cli/homelab.ts").main();
}

/** The package that Node did not find; undefined where something else went wrong. */
function missingPackage({ code, message }) {
  if (code !== "ERR_MODULE_NOT_FOUND" && code !== "MODULE_NOT_FOUND") return undefined;
  return /^Cannot find (?:package|module) '([^'./][^']*)'/.exec(message)?.[1];
}

function refuse(line) {
  console.error(line);
  process.exitCode = 2;
}

main().catch((error) => {
  const missing = clone ? missingPackage(error) : undefined;
  if (missing === undefined) throw error;
  refuse(`the package ${missing} is not installed in this clone; run \`npm ci\` in ${root}`);
});
