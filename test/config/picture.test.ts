import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parseStackFile } from "../../config/file/stack-file";
import { clusterPicture, withPicture } from "../../config/generated/picture";
import type { StackConfig } from "../../config/stack";
import { stackText } from "../support/clusters/stacks";

function stackOf(name: string): StackConfig {
  const { stack } = parseStackFile(stackText(name)).parsed;
  if (!stack) throw new Error(`Pulumi.${name}.yaml is refused`);
  return stack;
}

test("the picture in README.md is the one that `make schema` draws", () => {
  const readme = readFileSync(join(__dirname, "../../README.md"), "utf8");
  const picture = clusterPicture(stackOf("two-nodes"));
  expect(withPicture(readme, picture)).toBe(readme);
  expect(withPicture(readme.replace("  s1 ==> h1\n", ""), picture)).toBe(readme);
  expect(() => withPicture("# homelab-ha\n", picture)).toThrowErrorMatchingInlineSnapshot(
    `[Error: found no place for the picture in README.md]`,
  );
});

test.each(["homelab", "matrix", "two-nodes", "five-nodes"])(
  "the picture of %s has each guest once, on its node, and no way to nothing",
  (name) => {
    const stack = stackOf(name);
    const picture = clusterPicture(stack);
    for (const [guest, { node }] of Object.entries(stack.guests)) {
      const inNode = new RegExp(
        `subgraph n\\d+\\["${node}"\\]\\n(?: {4}.*\\n)* {4}h\\d+\\["${guest}"\\]\\n`,
      );
      expect(picture).toMatch(inNode);
      expect(picture.split(`["${guest}"]`)).toHaveLength(2);
    }
    const known = new Set(
      [...picture.matchAll(/^ *(?:subgraph )?([hns]\d+)[[(]/gm)].map(([, id]) => id),
    );
    const ways = [...picture.matchAll(/^ {2}(\w+) (?:==>|-\.->)(?:\|HA\|)? (\w+)$/gm)];
    expect(ways.flatMap(([, from, to]) => [from, to]).filter((id) => !known.has(id))).toEqual([]);
    expect(ways.length).toBeGreaterThan(3);
  },
);

test("an address has one thick way, to the member that holds it", () => {
  const stack = stackOf("two-nodes");
  const [pair] = Object.values(stack.traefikPairs);
  for (const member of pair?.members ?? []) member.priority = 300 - member.priority;
  const picture = clusterPicture(stack);
  expect(picture).toMatch(/s1 ==> (h\d+)\n {2}s1 -\.-> h\d+\n/);
  const [, master] = /s1 ==> (h\d+)/.exec(picture) ?? [];
  expect(picture).toContain(`${master}["traefik-2"]`);
});

test("a name that would end a text of Mermaid is written as entities", () => {
  const stack = stackOf("two-nodes");
  stack.guests['a"]<b>#1;'] = {
    ...stack.guests["dns-1"],
    vmid: 199,
  } as StackConfig["guests"][string];
  expect(clusterPicture(stack)).toContain('["a#34;]#60;b#62;#35;1#59;"]');
});
