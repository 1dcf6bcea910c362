import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { pairsOf } from "../../../../cli/commands/status/addresses";
import { parseStackFile } from "../../../../config/file/parse-file";
import { resolveStack } from "../../../../config/resolve";
import { root } from "../../../support/clusters/homelab";

test("a member is asked when the unit of its service started, not the name of its pair", () => {
  const text = readFileSync(join(root, "examples/Pulumi.two-node-dns.yaml"), "utf8");
  const startsOf = (file: string) => {
    const { stack } = parseStackFile(file).parsed;
    if (!stack) throw new Error("the example is refused");
    return pairsOf({ resolved: resolveStack(stack) }).map(({ facts }) => facts(0).starts);
  };
  expect(startsOf(text)).toEqual([["unbound.service", "keepalived"]]);
  expect(startsOf(text.replace(/^ *unit: .*\n/m, ""))).toEqual([["keepalived"]]);
});
