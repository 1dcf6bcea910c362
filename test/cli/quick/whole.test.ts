import {
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { root, scratch, startHomelab } from "../../support/clusters/homelab";

const { dir, remove } = scratch();
afterAll(remove);

/** A clone of its own, so that its sources can be changed. */
const clone = join(dir, "clone");
const kept = join(clone, ".cache/quick");
const entry = join(clone, "cli/lib/self/command-line.ts");

beforeAll(() => {
  const rooms = ["cli", "clients", "components", "config", "model", "policy", "sim", "start"];
  const more = ["bin", "packaging", "program.ts", "package.json", "tsconfig.json", "Pulumi.yaml"];
  for (const part of [...rooms, "templates", ...more]) {
    cpSync(join(root, part), join(clone, part), { recursive: true });
  }
  symlinkSync(join(root, "node_modules"), join(clone, "node_modules"));
});

const completion = () => startHomelab(["completion", "bash"], clone, {}, clone).ended;
const help = async () => (await startHomelab(["audit", "--help"], clone, {}, clone).ended).stdout;

test("each command keeps what it ran, and runs it again", async () => {
  const first = await completion();
  expect(first).toMatchObject({ code: 0, stderr: "" });
  const file = `${process.version}-${process.arch}-completion.bin`;
  expect(readdirSync(kept)).toEqual([file]);
  const before = readFileSync(join(kept, file));
  expect(await completion()).toEqual(first);
  expect(readFileSync(join(kept, file)).equals(before)).toBe(true);
  truncateSync(join(kept, file), 1_000_000);
  expect(await completion()).toEqual(first);
});

test("another command runs what the first one kept, while the sources are the same", async () => {
  const file = join(kept, `${process.version}-${process.arch}-completion.bin`);
  const before = readFileSync(file);
  // Seen by a text that only the kept file has.
  writeFileSync(file, before.toString("latin1").replaceAll("Example:", "EXAMPLE:"), "latin1");
  expect(await help()).toContain("EXAMPLE:");
  for (const name of readdirSync(kept)) rmSync(join(kept, name));
  expect(await help()).toContain("Example:");
});

test("no command runs what the policy pack kept, which is another program", async () => {
  const begin = join(kept, `${process.version}-${process.arch}`);
  await help();
  const text = readFileSync(`${begin}-audit.bin`).toString("latin1");
  for (const name of readdirSync(kept)) rmSync(join(kept, name));
  writeFileSync(`${begin}-policy-pack.bin`, text.replaceAll("Example:", "OF_PACK:"), "latin1");
  expect(await help()).toContain("Example:");
});

test("a word that is no command keeps no file of its own", async () => {
  const { code } = await startHomelab(["no-such"], clone, {}, clone).ended;
  expect(code).toBe(2);
  expect(existsSync(join(kept, `${process.version}-${process.arch}-no-such.bin`))).toBe(false);
});

test("a source that changes counts at once, and one that cannot be read is named", async () => {
  expect(await help()).toContain("Example:");
  const text = readFileSync(entry, "utf8");
  expect(text).toContain("Example:");
  writeFileSync(entry, text.replace("Example:", "Specimen:"));
  expect(await help()).toContain("Specimen:");
  writeFileSync(entry, `${text}\nconst = 1;\n`);
  const { code, stderr } = await startHomelab(["audit", "--help"], clone, {}, clone).ended;
  expect(code).not.toBe(0);
  expect(stderr).toMatch(/command-line\.ts/);
  writeFileSync(entry, text);
  expect(await help()).toContain("Example:");
});
