import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { withPicture } from "../../../cli/run/readme-picture";
import { stackText } from "../../support/clusters/stacks";

const readme = readFileSync(join(__dirname, "../../../README.md"), "utf8");

test("the picture in README.md is the one that `make schema` draws", () => {
  const file = stackText("two-nodes");
  expect(withPicture(readme, file)).toBe(readme);
  expect(withPicture(readme.replace(/^ {2}a0 ==> .*\n/m, ""), file)).toBe(readme);
  expect(withPicture(readme, file.replace("192.168.1.20/24", "192.168.1.30/24"))).not.toBe(readme);
});

test("rejects a README without a place for it, and a stack file that is refused", () => {
  expect(() => withPicture("# homelab-ha\n", stackText("two-nodes"))).toThrow(
    "found no place for the picture in README.md",
  );
  expect(() => withPicture(readme, "config: {}")).toThrow("is refused");
});
