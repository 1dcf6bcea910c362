import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { chooseStack } from "../../cli/lib/stack-files";
import { root } from "../support/clusters/homelab";

test.each([
  ["stack=matrix", "found stack=matrix, expected STACK=matrix"],
  ["args=--all", 'found args=..., expected ARGS="--all"'],
])("make refuses %s, which it would ignore", (word, message) => {
  const { status, stderr } = spawnSync("make", ["help", word], { cwd: root, encoding: "utf8" });
  expect(status).not.toBe(0);
  expect(stderr).toContain(message);
});

test("the name of a stack file is not the name of a stack", () => {
  expect(() => chooseStack({ stack: "Pulumi.homelab.yaml" })).toThrow(
    'found the name of a file, "Pulumi.homelab.yaml", expected the stack alone; write --stack homelab (STACK=homelab with make), or --file Pulumi.homelab.yaml',
  );
});
