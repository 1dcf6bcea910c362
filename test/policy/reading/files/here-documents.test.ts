import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { hereDocuments } from "../../../../policy/reading/files/here-documents";

const texts = (script: string) => hereDocuments(script).map(({ text }) => text);

const cases: { name: string; script: string; bodies: string[] }[] = [
  {
    name: "text that opens another one belongs to the first",
    script: "cat >a <<A\nx <<B\ny\nB\nA\ncat >b <<C\nz\nC\n",
    bodies: ["x <<B\ny\nB", "z"],
  },
  {
    name: "the line that ends one is not read as the beginning of another",
    script: "cat <<A\none\nA\ncat <<A\ntwo\nA\n",
    bodies: ["one", "two"],
  },
  {
    name: "the word may be quoted, and a dash strips tabs",
    script: "cat <<'A'\none\nA\ncat <<-\"B\"\n\ttwo\n\tB\n",
    bodies: ["one", "two"],
  },
  { name: "one that never ends runs to the end", script: "cat <<A\none\n", bodies: ["one"] },
  { name: "a word behind a backslash", script: "cat <<\\EOF\n$x\nEOF\n", bodies: ["$x"] },
  {
    name: "words that are no names",
    script: "cat <<'!'\na\n!\ncat <<EOF-1\nb\nEOF-1\ncat <<\"A B\"\nc\nA B\n",
    bodies: ["a", "b", "c"],
  },
  { name: "two on one line", script: "cat <<A; cat <<B\na\nA\nb\nB\n", bodies: ["a", "b"] },
  {
    name: "a here-string, a shift, a quote and a comment are none",
    script: "cat <<<A\n: $((1<<2)) '<<A' \"<<A\" # <<A\ncat <<A\na\nA\n",
    bodies: ["a"],
  },
  {
    name: "one in a substitution between quotes",
    script: 'ssh host "$(cat <<A\nit\'s\nA\n)"\n',
    bodies: ["it's"],
  },
  { name: "one that ends at an empty line", script: "cat <<''\na\n\nb\n", bodies: ["a"] },
  {
    name: "one between backticks",
    script: "echo `cat <<A\na\nA\n`; cat <<B\nb\nB\n",
    bodies: ["a", "b"],
  },
  {
    name: "a backslash joins lines of one that is not quoted",
    script: "cat <<A\na\\\nA\n\\$b\nA\ncat <<'B'\na\\\nB\n",
    bodies: ["aA\n$b", "a\\"],
  },
];

test.each(cases)("here-documents: $name", ({ script, bodies }) => {
  expect(texts(script)).toEqual(bodies);
});

test("the command of each one on a line is its own pipeline", () => {
  const script = "cat >/a <<A && sudo tee /b <<B >/dev/null | cat\na\nA\nb\nB\n";
  expect(hereDocuments(script).map(({ command }) => command)).toEqual([
    "cat >/a <<A",
    "sudo tee /b <<B >/dev/null | cat",
  ]);
});

// What shells make of generated scripts. `r` prints what it reads and an end mark, `two` reads a
// second one at descriptor 3.

const words = [
  ["EOF", "EOF"],
  ["\\EOF", "EOF"],
  ["'!'", "!"],
  ["EOF-1", "EOF-1"],
  ['"A B"', "A B"],
  ['E"O"F', "EOF"],
  ["'E O'F", "E OF"],
  ["\\E\\O", "EO"],
  ['"a\\"b"', 'a"b'],
  ['"a\\b"', "a\\b"],
  ["E.F/g", "E.F/g"],
  ["1", "1"],
] as const;

const lines = [
  ...["global", "  server a 10.0.0.1:6443 check", "", "EOF", " EOF", "EOF ", "!", "A B", "a\tb"],
  ...["cat <<X", "x '", 'y "', "# <<Y", "(", ")", "\tx", "\t\tEOF", "é <<", "E OF", "1", "#A"],
];
const bare = [...lines, "\\$x", "\\\\", "\\`", "a\\", "b\\\\", "\\a"];
const literal = [...lines, "$x", "`id", "a\\", "\\\\", "$(", "${x"];

/** A body that is ended by its own end alone: by no line of it, and not joined with it. */
function bodyOf(all: readonly string[], word: string): string {
  return all
    .filter((line) => line.replace(/^\t+/, "") !== word)
    .map((line, index, kept) => (index === kept.length - 1 ? line.replace(/\\+$/, "") : line))
    .map((line) => `${line}\n`)
    .join("");
}

const document = fc
  .record({ word: fc.constantFrom(...words), indented: fc.boolean(), space: fc.boolean() })
  .chain(({ word: [spelling, word], indented, space }) =>
    fc.record({
      opening: fc.constant(`<<${indented ? "-" : ""}${space ? " " : ""}${spelling}`),
      body: fc
        .array(fc.constantFrom(...(/["'\\]/.test(spelling) ? literal : bare)), { maxLength: 5 })
        .map((all) => bodyOf(all, word)),
      end: fc.constant(`${indented ? "\t" : ""}${word}\n`),
    }),
  );

const single = (command: (opening: string) => string, after = "") =>
  document.map(({ opening, body, end }) => `${command(opening)}\n${body}${end}${after}`);
const double = (command: (one: string, two: string) => string) =>
  fc
    .tuple(document, document)
    .map(([a, b]) => `${command(a.opening, b.opening)}\n${a.body}${a.end}${b.body}${b.end}`);

const common = [
  single((a) => `r ${a}`),
  single((a) => `r ${a} >&1 # <<EOF "`),
  single((a) => `r "<<EOF" '<<EOF' \\<\\<EOF x#y ${a}`),
  single((a) => `r "two\n<<EOF lines" ${a} 'and\nmore'`),
  single((a) => `r \\\n  ${a}`),
  single((a) => `if true; then r ${a}`, "fi\n"),
  single((a) => `(r ${a}`, ")\n"),
  single((a) => `printf %s "$(r ${a}`, ')"\n'),
  single((a) => `printf %s "\${Y:+<<EOF}$(r ${a}`, ')"\n'),
  single((a) => `case a in a) r ${a} ;; esac`),
  single((a) => `r $((1<<2)) "$((1 << (2)))" ${a}`),
  single((a) => `f() { r ${a}`, "}\nf\n"),
  double((a, b) => `r ${a}; r ${b}`),
  double((a, b) => `r ${a} && r ${b}`),
  double((a, b) => `two ${a} 3${b}`),
  fc.constant(`: '<<EOF' "<<EOF" # <<EOF\n: \${x#<<EOF} \${#x}\n: $# \\' \\" <&1\n`),
];
const bashOnly = [
  single((a) => `: <<<EOF; r ${a}`),
  single((a) => `((x = 1 << 2)); r ${a}`),
  single((a) => `r $'<<EOF\\'<<X' ${a}`),
];

function scripts(parts: readonly fc.Arbitrary<string>[]) {
  return fc
    .tuple(fc.array(fc.oneof(...parts), { minLength: 1, maxLength: 4 }), fc.boolean(), document)
    .map(([all, open, { opening, body }]) => all.join("") + (open ? `r ${opening}\n${body}` : ""));
}

test.each([
  { shell: "sh", parts: common },
  { shell: "bash", parts: [...common, ...bashOnly] },
])("$shell reads the same from 300 generated scripts", ({ shell, parts }) => {
  const seed = Number(process.env.SEED ?? 2026);
  const generated = fc.sample(scripts(parts), { numRuns: 300, seed });
  const folder = mkdtempSync(join(tmpdir(), "here-"));
  try {
    mkdirSync(join(folder, "out"));
    for (const [index, script] of generated.entries()) {
      writeFileSync(join(folder, `${index}`), script);
    }
    const run = `r() { cat; printf '\\001'; }; two() { r; r <&3; }; i=0
while [ $i -lt ${generated.length} ]; do (. ./$i) >out/$i 2>/dev/null </dev/null; i=$((i+1)); done`;
    spawnSync(shell, ["-c", run], { cwd: folder, env: { PATH: process.env.PATH, LC_ALL: "C" } });
    for (const [index, script] of generated.entries()) {
      const read = readFileSync(join(folder, "out", `${index}`), "utf8").split("\u0001");
      const expected = read.slice(0, -1).map((text) => text.replace(/\n$/, ""));
      expect(texts(script), `SEED=${seed}, script ${index}:\n${script}`).toEqual(expected);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});
