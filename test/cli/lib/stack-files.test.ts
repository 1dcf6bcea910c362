import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { chooseStack, knownStacks } from "../../../cli/lib/stack-files";
import { projectRoot } from "../../../clients/pulumi/project";

const folder = mkdtempSync(join(tmpdir(), "stack-files-"));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string): string {
  const path = join(folder, name);
  writeFileSync(path, "config: {}\n");
  return path;
}

test("without a name the stack is homelab, and its file is that of the project", () => {
  const { stack, path } = chooseStack({});
  expect([stack, path]).toEqual(["homelab", join(projectRoot, "Pulumi.homelab.yaml")]);
});

test("a named file lends the stack its name, unless the stack is named too", () => {
  expect(chooseStack({ file: file("Pulumi.lab.yaml") }).stack).toBe("lab");
  expect(chooseStack({ file: file("two nodes.yaml") }).stack).toBe("two-nodes");
  expect(chooseStack({ file: file("x.yaml"), stack: "matrix" }).stack).toBe("matrix");
});

test("the project's file is no stack of its own", () => {
  expect(knownStacks(projectRoot)).toEqual(["five-nodes", "homelab", "matrix", "two-nodes"]);
});

test("rejects a stack without a file, and names those that have one", () => {
  expect(() => chooseStack({ stack: "homelap" })).toThrowErrorMatchingInlineSnapshot(
    `[Error: there is no stack "homelap", only five-nodes, homelab, matrix and two-nodes; did you mean "homelab"?]`,
  );
  expect(() => chooseStack({ stack: "production" })).toThrowErrorMatchingInlineSnapshot(
    `[Error: there is no stack "production", only five-nodes, homelab, matrix and two-nodes; write Pulumi.production.yaml, or name one of these]`,
  );
});

test("rejects a file that is not there", () => {
  expect(() => chooseStack({ file: "nowhere.yaml" })).toThrowErrorMatchingInlineSnapshot(
    `[Error: there is no file nowhere.yaml]`,
  );
});

test("rejects a folder instead of a file", () => {
  const path = join(folder, "conf");
  mkdirSync(path);
  expect(() => chooseStack({ file: path })).toThrow(`${path} is a folder, expected a file`);
});

test.each(["a/b", "../x", "..", "-x", "", "a b", "x".repeat(101)])(
  "rejects the stack name %j",
  (stack) => {
    const allowed = "expected a stack name of at most 100 letters";
    expect(() => chooseStack({ stack })).toThrow(allowed);
    expect(() => chooseStack({ stack, file: file("named.yaml") })).toThrow(allowed);
  },
);

test.each(["a", "home_1.lab-2", "x".repeat(100)])("the stack name %j is taken", (stack) => {
  expect(chooseStack({ stack, file: file("named.yaml") }).stack).toBe(stack);
});
