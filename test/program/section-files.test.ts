import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { parse } from "yaml";
import { parseStackFile } from "../../config/file/parse-file";
import { program } from "../../program";
import { runWithMocks } from "../../sim/mocks";
import { worldFromStack } from "../../sim/seed";
import { splitStack, stackText } from "../support/clusters/stacks";

const dir = mkdtempSync(join(tmpdir(), "homelab-program-"));
afterAll(() => rmSync(dir, { recursive: true }));
const { stackFile, beside } = splitStack(dir, "matrix", ["guests", "haGroups"]);
const whole = readFileSync(beside, "utf8");

/** What the engine shows of the program when it is given the stack file's own configuration alone. */
async function refusal(): Promise<string> {
  const { stack } = parseStackFile(stackText("matrix")).parsed;
  if (!stack) throw new Error("Pulumi.matrix.yaml is refused");
  const { config } = parse(readFileSync(stackFile, "utf8")) as { config: object };
  try {
    await runWithMocks(() => program({ statsPasswords: {} }, dir), {
      project: "homelab-ha",
      stack: "matrix",
      config: Object.fromEntries(
        Object.entries(config).map(([key, value]) => [key, JSON.stringify(value)]),
      ),
      world: worldFromStack(stack),
    });
  } catch (error) {
    return String(error);
  }
  return "accepted";
}

test("rejects mistakes in a file beside the stack file at their place in it", async () => {
  const line = whole.split("\n").findIndex((row) => row.includes("vmid: ")) + 1;
  writeFileSync(beside, `${whole.replace(/vmid: \d+/, "vmid: 11")}dns: {}\nguest: {}\n`);
  const lines = (await refusal()).split("\n");
  expect(lines.filter((text) => text.includes("guests.matrix.yaml:"))).toHaveLength(
    lines.length - 1,
  );
  expect(lines.join("\n")).toContain(`  guests.matrix.yaml:${line}:11: homelab:guests.`);
});

test("rejects a file that is not there with that mistake only", async () => {
  rmSync(beside);
  expect(await refusal()).toMatchInlineSnapshot(`
    "Error: Pulumi.matrix.yaml has 1 problem:
      homelab:files[0]: file guests.matrix.yaml does not exist beside the stack file; create it, or remove it from the list"
  `);
});
