#!/usr/bin/env node
// From a clone the sources run as they are; the package has them compiled.
const { existsSync } = require("node:fs");
const { join } = require("node:path");
const { isQuick, runQuick, runWhole } = require("./quick");

const root = join(__dirname, "..");
const clone = existsSync(join(root, "cli/homelab.ts"));

async function main() {
  if (isQuick(process.argv[2]) && (await runQuick(root, clone))) return;
  if (!clone) return require("../dist/cli/homelab.js").main();
  if (await runWhole(root, process.argv[2])) return;
  await import("tsx");
  return require("../cli/homelab.ts").main();
}

void main();
