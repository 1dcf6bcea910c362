import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { packStart } from "../../clients/pulumi/pack-start";

const root = join(__dirname, "../..");
// Folders of packs have all kinds of names, and NODE_OPTIONS has its own rules for blanks.
const dir = mkdtempSync(join(tmpdir(), "late compiler-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** What the SDK's starter of packs prints for a pack of these files, beside what it loaded. */
function started(name: string, files: Record<string, string>) {
  const pack = join(dir, name);
  mkdirSync(pack);
  symlinkSync(join(root, "node_modules"), join(pack, "node_modules"));
  const all = { ...files, "package.json": '{"name":"pack","version":"1.0.0"}' };
  for (const [file, text] of Object.entries(all)) writeFileSync(join(pack, file), text);
  const starter = require.resolve("@pulumi/pulumi/cmd/run-policy-pack");
  return execFileSync(process.execPath, [starter, "127.0.0.1:1", pack], {
    cwd: pack,
    encoding: "utf8",
    env: { ...process.env, ...packStart() },
  });
}

const says =
  'console.log(Object.keys(require.cache).some((file) => /typescript.lib.typescript.js$/.test(file)), "said");';
const typescript = `enum Said { a = "said" }\n${says.replace('"said"', "Said.a")}`;

const packs: { what: string; files: Record<string, string>; loaded: boolean }[] = [
  { what: "JavaScript", files: { "index.js": says }, loaded: false },
  { what: "TypeScript", files: { "index.ts": typescript }, loaded: true },
  {
    what: "JavaScript with settings of the compiler",
    files: { "index.js": says, "tsconfig.json": '{"compilerOptions":{"allowJs":true}}' },
    loaded: true,
  },
];

test.each(packs)(
  "a pack in $what runs, with the compiler where it is needed",
  ({ what, files, loaded }) => {
    expect(started(what, files)).toBe(`${loaded} said\n`);
  },
);

test("what NODE_OPTIONS says already stays", () => {
  const { NODE_OPTIONS = "" } = packStart("--no-warnings");
  expect(NODE_OPTIONS).toMatch(/^--no-warnings --require=".*late-compiler\.js"$/);
});
