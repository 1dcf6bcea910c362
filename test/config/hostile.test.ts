import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { readNamed } from "../../cli/lib/files";
import { parseStackFile } from "../../config/file/parse-file";
import { filesIn } from "../../config/file/section-files";
import { parseStack } from "../../config/parse";

const told = (text: string) => {
  const { parsed } = parseStackFile(text);
  return parsed.stack ? [] : parsed.problems.map(({ path, message }) => [path.join("."), message]);
};

const bomb = [
  "a0: &a0 [x, x, x, x, x, x, x, x, x]",
  ...Array.from({ length: 9 }, (_, n) => `a${n + 1}: &a${n + 1} [${Array(9).fill(`*a${n}`)}]`),
].join("\n");
const section = (lines: string) => `config:\n  homelab:guests:\n${lines}`;

test.each<[string, string, RegExp]>([
  ["a bomb of aliases", bomb, /^its aliases \(\*name\) stand for far more text/],
  ["a list within itself", "a: &a [*a]", /^\*a stands within what it names/],
  ["a map within itself", "a: &a { b: *a }", /^\*a stands within what it names/],
  ["a merge of itself", "a: &a\n  <<: *a\n  b: 1", /^\*a stands within what it names/],
  ["100,000 brackets", "[".repeat(100_000), /^nested more than 64 levels deep/],
  ["5,000 lists, closed", `${"[".repeat(5000)}${"]".repeat(5000)}`, /^nested more than 64/],
  ["5,000 maps in a line", `a: ${"{a: ".repeat(5000)}`, /^nested more than 64 levels/],
  ["5,000 dashes in a line", `${"- ".repeat(5000)}x`, /^nested more than 64 levels deep/],
  ["9 MB of a comment", `#${"x".repeat(9 * 1024 * 1024)}`, /^larger than 8 MB/],
  ["__proto__ as a guest", section("    __proto__: { vmid: 1 }"), /^found the name "__proto__"/],
  ["constructor as a guest", section("    constructor: { vmid: 1 }"), /^found the name "constr/],
  ["a key toString within", section("    a: { toString: 1 }"), /^found the name "toString"/],
])("rejects %s in one line", (_what, text, message) => {
  const lines = told(text);
  expect(lines).toHaveLength(1);
  expect(lines[0]?.[1]).toMatch(message);
});

test("a name that is written as an alias, or given twice by aliases, is still read", () => {
  const text = "config:\n  homelab:guests: { a: &g { vmid: 1 }, b: *g, c: *g }";
  expect(told(text).some(([, message]) => /alias|nested|stands/.test(message ?? ""))).toBe(false);
});

test("rejects 800 levels of blocks in one line", () => {
  const text = Array.from({ length: 800 }, (_, depth) => `${" ".repeat(depth)}a:`).join("\n");
  expect(told(`config:\n  homelab:guests:\n    ${text.replaceAll("\n", "\n    ")}`)).toEqual([
    ["guests.a.a", expect.stringMatching(/^nested more than 64 levels deep/)],
  ]);
});

test("rejects __proto__ also where the configuration comes from Pulumi", () => {
  const data: unknown = JSON.parse('{"guests":{"__proto__":{"vmid":1}}}');
  expect(parseStack(data)).toEqual({
    problems: [
      {
        path: ["guests", "__proto__"],
        message:
          'found the name "__proto__", which every object of a program has, expected a name of its own; choose another',
        severity: "error",
      },
    ],
  });
});

test("rejects 150,000 guests under a misspelt key in one line", () => {
  const lines = Array.from({ length: 150_000 }, (_, index) => `    g${index}: 1`).join("\n");
  expect(told(section(lines).replace("guests", "guets"))).toEqual([
    ["", expect.stringMatching(/^found more than 100000 entries, expected a homelab/)],
  ]);
}, 60_000);

test("rejects 2,000 unknown keys and names of nothing with a list that has an end", () => {
  const lines = Array.from({ length: 2000 }, (_, n) => `    g${n}: { node: n${n}, x${n}: 1 }`);
  const problems = told(section(lines.join("\n")));
  expect(problems.length).toBeLessThan(3000);
  expect(problems).toContainEqual([
    "",
    expect.stringMatching(/^and \d+ more mistakes; mend these first$/),
  ]);
}, 60_000);

function folder(): string {
  const dir = mkdtempSync(join(tmpdir(), "hostile-"));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

test("rejects pipes, devices, folders and huge files, and waits for none of them", () => {
  const dir = folder();
  spawnSync("mkfifo", [join(dir, "pipe.yaml")]);
  writeFileSync(join(dir, "huge.yaml"), "");
  truncateSync(join(dir, "huge.yaml"), 20 * 1024 ** 3);
  writeFileSync(join(dir, "large.yaml"), "a".repeat(10 * 1024 * 1024));
  const read = filesIn(dir);
  expect(read("pipe.yaml")).toEqual({
    refused: "pipe.yaml is a pipe, socket or device, expected a file",
  });
  const large = "is larger than 8 MB, expected a text that people write";
  expect(read("huge.yaml")).toEqual({ refused: `huge.yaml ${large}` });
  expect(read("large.yaml")).toEqual({ refused: `large.yaml ${large}` });
  expect(filesIn("/dev")("zero")).toEqual({
    refused: "zero is a pipe, socket or device, expected a file",
  });
  for (const mark of ["\ufeff", "\ufffe"]) {
    writeFileSync(join(dir, "wide.yaml"), Buffer.from(`${mark}config:\n`, "utf16le"));
    expect(read("wide.yaml")).toEqual({
      refused: expect.stringMatching(/^wide\.yaml is UTF-16, .*save it anew as UTF-8$/),
    });
  }
  expect(() => readNamed(join(dir, "pipe.yaml"))).toThrow(/pipe.yaml is a pipe, socket or device/);
  expect(() => readNamed("/dev/zero")).toThrow("/dev/zero is a pipe, socket or device");
  expect(() => readNamed(dir)).toThrow(/is a folder, expected a file$/);
  expect(readNamed("/proc/self/stat")).toMatch(/^\d+ /);
});
