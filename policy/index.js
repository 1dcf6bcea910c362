// Pulumi would load TypeScript through ts-node, which builds a whole language service first: the
// pack would answer three times as late. It runs from one kept file; where that cannot be made, tsx
// strips the types.
const { join } = require("node:path");
const { runPack } = require("../bin/quick");

module.exports = async () => {
  if (await runPack(join(__dirname, ".."))) return;
  require("tsx/cjs");
  require("./pack.ts");
};
