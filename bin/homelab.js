#!/usr/bin/env node
// From a clone the sources run as they are; the package has them compiled.
const { existsSync } = require("node:fs");
const { join } = require("node:path");

const source = join(__dirname, "../cli/homelab.ts");
if (existsSync(source)) import("tsx").then(() => require(source).main());
else require("../dist/cli/homelab.js").main();
