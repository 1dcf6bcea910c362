import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PulumiCommand } from "@pulumi/pulumi/automation";
import { afterAll, expect, test } from "vitest";
import { commandOf } from "../../../clients/pulumi/engine-command";

const root = mkdtempSync(join(tmpdir(), "engine-command-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** A CLI that says its version and notes each start. */
function cli(name: string, version: string) {
  const dir = join(root, name, "bin");
  mkdirSync(dir, { recursive: true });
  const starts = join(root, name, "starts");
  writeFileSync(starts, "");
  const script = `#!/bin/sh\necho "$*" >> '${starts}'\necho v${version}\n`;
  writeFileSync(join(dir, "pulumi"), script, { mode: 0o755 });
  return { engine: { dir, version }, starts: () => readFileSync(starts, "utf8") };
}

test("a CLI whose version is known is what the SDK itself makes of it, without a start", async () => {
  const { engine, starts } = cli("sound", "3.230.0");
  const made = await commandOf(engine, PulumiCommand);
  expect(starts()).toBe("");
  expect(made).toEqual(await PulumiCommand.get({ root: join(root, "sound") }));
  expect(made).toBeInstanceOf(PulumiCommand);
  expect(starts()).toBe("version\n");
});

test("a CLI that is too old for the SDK is refused as the SDK refuses it", async () => {
  const { engine } = cli("old", "3.1.0");
  await expect(commandOf(engine, PulumiCommand)).rejects.toThrow(/[Mm]inimum version/);
});

test("another SDK, whose parts are not known, is asked in its own way", async () => {
  const { engine, starts } = cli("other", "3.230.0");
  const got = { command: "its own", version: null };
  const other = Object.assign(class {}, { get: async () => got });
  expect(await commandOf(engine, other as unknown as typeof PulumiCommand)).toBe(got);
  expect(starts()).toBe("");
});
