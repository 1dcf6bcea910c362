// Pulumi would load TypeScript through ts-node, which builds a whole language service first: the
// pack would answer three times as late. tsx only strips the types.
require("tsx/cjs");
require("./pack.ts");
