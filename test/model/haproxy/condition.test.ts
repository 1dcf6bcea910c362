import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { judgeConditions, judgeVariants } from "../../../model/haproxy/conditional";
import { judgeApiCheck } from "../../../model/haproxy/judgement";
import { judgeHaproxyFile, judgeHaproxyText } from "../../../model/haproxy/refused";
import { haproxyVariants } from "../../../model/haproxy/variants";
import { runTool } from "../../support/tools";

const base = `global
  setenv SITE home
defaults
  mode tcp
  timeout connect 1s
  timeout client 1s
  timeout server 1s
listen a
  bind 127.0.0.1:7
  server x 127.0.0.1:1
`;
/** Whether the real HAProxy ends with a file. */
const file = join(mkdtempSync(join(tmpdir(), "haproxy-")), "haproxy.cfg");
const ends = (text: string) => {
  writeFileSync(file, text);
  return runTool("haproxy", ["-c", "-f", file]).status !== 0;
};
afterAll(() => rmSync(dirname(file), { recursive: true }));
const alerting = (condition: string) => `${base}.if ${condition}\n.alert "here"\n.endif\n`;

test.each([
  ["0"],
  ["1"],
  [""],
  ["-1"],
  ["true"],
  ["defined(SITE)"],
  ["!defined(SITE)"],
  ['streq("$SITE",home)'],
  ['strneq("$SITE",home)'],
  ["streq(a,b)"],
  ["version_atleast(2.4)"],
  ["version_before(2.4)"],
  ["streq(a,a) && !streq(a,b)"],
  ["(0 || 1) && 1"],
  ["(0 || 0) && 1"],
  ["0 || 1 && 0"],
  ["nonsense(a)"],
  ["0x1"],
  ["+0"],
  ["1 1"],
  ["1 foo"],
  ["defined"],
  ["defined( SITE)"],
  ["defined(SITE,a)"],
  ["streq(a, a)"],
  ["streq(a)"],
  ["streq(a,b,c)"],
  ['streq(a,\\"a\\")'],
  ["version_atleast(2.6.0)"],
])("the real HAProxy and the reader agree about .if %s", (condition) => {
  const text = alerting(condition);
  const [variant, ...more] = haproxyVariants(text);

  expect(more).toEqual([]);
  expect(variant?.refused !== undefined).toBe(ends(text));
});

const term = fc.constantFrom("0", "1", "defined(SITE)", "streq(a,b)", "!0", "!defined(SITE)");
const lines = fc.letrec<{ block: string[]; branch: string[] }>((tie) => ({
  block: fc.oneof(
    { maxDepth: 3 },
    fc.constant<string[]>(["# nothing"]),
    fc.constant<string[]>(['.alert "here"']),
    fc
      .tuple(
        term,
        tie("branch"),
        fc.option(fc.tuple(term, tie("branch"))),
        fc.option(tie("branch")),
      )
      .map(([condition, then, elif, otherwise]) => [
        `.if ${condition}`,
        ...then,
        ...(elif ? [`.elif ${elif[0]}`, ...elif[1]] : []),
        ...(otherwise ? [".else", ...otherwise] : []),
        ".endif",
      ]),
  ),
  branch: fc.array(tie("block"), { maxLength: 2 }).map((blocks) => blocks.flat()),
})).branch;

test("the real HAProxy and the reader agree about 40 nested files", () => {
  const texts = fc
    .sample(lines, { numRuns: 40, seed: 12 })
    .map((one) => `${base}${one.join("\n")}\n`);
  const differing = texts.filter((text) => {
    const [variant] = haproxyVariants(text);
    return (variant?.refused !== undefined) !== ends(text);
  });

  expect(differing).toEqual([]);
});

test.each([
  ["an .if that is not closed", ".if 1"],
  [".endif alone", ".endif"],
  [".else twice", ".if 0\n.else\n.else\n.endif"],
  [".else with more on its line", ".if 0\n.else x\n.endif"],
  [".endif with more on its line", ".if 0\n.endif x"],
  ["a directive that does not exist", ".IF 1"],
  ["a message of two words", ".notice a b"],
])("%s is refused, as by HAProxy", (_, more) => {
  expect(ends(`${base}${more}\n`)).toBe(true);
  expect(judgeConditions(`${base}${more}\n`)).toEqual([
    expect.objectContaining({ severity: "error" }),
  ]);
});

test.each([
  ["an unclosed quote", '  description "a'],
  ["a default as a shell writes it", `  description "\${A:-b}"`],
  ["a bare dollar in double quotes", '  description "^a$"'],
  ["an escape that is none", "  description \\xfg"],
])("%s is refused in a branch that never counts too, as by HAProxy", (_, line) => {
  const text = `${base}.if 0\n${line}\n.endif\n`;

  expect(ends(text)).toBe(true);
  expect(judgeHaproxyText(text, true)).toEqual([expect.objectContaining({ severity: "error" })]);
});

test.each([
  ["without a line break at its end", base.trimEnd()],
  ["with a byte order mark", `\ufeff${base}`],
  ["with a NUL character", `${base}  description a\0b\n`],
])("a file %s is refused, as by HAProxy", (_, text) => {
  expect(ends(text)).toBe(true);
  expect(judgeHaproxyText(text, true)).toEqual([expect.objectContaining({ severity: "error" })]);
  expect(judgeHaproxyText(base, true)).toEqual([]);
});

test("a variable without a value is not set", () => {
  const text = `${base.replace("setenv SITE home", 'setenv SITE ""')}.if defined(SITE)\n.alert x\n.endif\n`;

  expect(haproxyVariants(text).map(({ given }) => given)).toEqual([
    ["defined(SITE)"],
    ["not defined(SITE)"],
  ]);
});

const ca = "verify required ca-file /etc/haproxy/ca.crt";
const server = (master: number) =>
  `  server m${master} 192.168.56.1${master}:6443 check check-ssl ${ca}`;
const backend = (...more: string[]) =>
  ["backend api", ...more, server(1), server(2), server(3), ""].join("\n");
const readyz = "  option httpchk GET /readyz";

test("servers of one name in two branches are none too many", () => {
  const text = [
    "backend api",
    readyz,
    ".if defined(LAB)",
    server(1),
    ".else",
    server(1),
    ".endif",
    "",
  ].join("\n");

  expect(judgeVariants(text, judgeHaproxyFile)).toEqual([]);
});

test("what only one branch has is advice with its condition, what every branch has is refused", () => {
  const check = (uri: string) => `  option httpchk GET ${uri}`;
  const one = backend(".if defined(OLD)", check("/healthz"), ".else", readyz, ".endif");
  const both = backend(".if defined(OLD)", check("/healthz"), ".endif", check("/healthz"));
  const never = backend(".if 0", check("/healthz"), ".else", readyz, ".endif");
  const judged = (text: string) =>
    judgeVariants(text, judgeApiCheck).map(({ severity, message }) => `${severity}: ${message}`);

  expect(judged(one)).toEqual([
    expect.stringMatching(/^warning: with defined\(OLD\): "backend api" asks/),
  ]);
  expect(judged(both)).toEqual([expect.stringMatching(/^error: "backend api" asks/)]);
  expect(judged(never)).toEqual([]);
});
