import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";

/** The form of an output, which decides what could be mistaken for syntax in it. */
export type Form = "terminal" | "markdown" | "html" | "json" | "yaml" | "metrics" | "file";

/**
 * What a text of somebody else achieved in an output: a line of its own, a heading, a link, an element,
 * a cell, a command. The texts are those of `NASTY`, with their mark.
 */
export function achieved(form: Form, output: string): string[] {
  return judges[form](output);
}

const judges: Record<Form, (output: string) => string[]> = {
  terminal: (output) => [...obeyed(output), ...ownLines(output)],
  markdown: (output) => [
    ...obeyed(output),
    ...ownLines(output.replace(FENCED, "")),
    ...markup(output),
    ...shells(output),
  ],
  html: (output) => [
    ...obeyed(output),
    ...hits(
      "an element or attribute",
      output,
      /<zz|<script>\s*zz|<\/title><script|(href|src)="[^"]*zz\.example|<[^>]*\bonload=zz/g,
    ),
  ],
  json: (output) => [...obeyed(output), ...parsed("JSON", () => JSON.parse(output))],
  yaml: (output) => [
    ...obeyed(output),
    ...ownLines(output),
    ...parsed("YAML", () => {
      for (const one of parseAllDocuments(output)) {
        if ("errors" in one && one.errors[0]) throw one.errors[0];
      }
    }),
  ],
  metrics: (output) => [
    ...obeyed(output),
    ...lines(output)
      .filter(
        (line) =>
          !/^(# (HELP|TYPE) \w+ .*|\w+(\{\w+="([^"\\]|\\["\\n])*"(,\w+="([^"\\]|\\["\\n])*")*\})? \S+|)$/.test(
            line,
          ),
      )
      .map((line) => `no metric: ${line}`),
  ],
  // No runner reads it.
  file: (output) => [...controls(output), ...ownLines(output)],
};

/** A block of code: its lines are shown as they are. */
const FENCED = /^(\s*`{3,}).*\n[\s\S]*?^\1$/gm;

const lines = (text: string) => text.split("\n");

const hits = (what: string, text: string, pattern: RegExp) =>
  [...text.matchAll(pattern)].map(
    ({ index }) => `${what}: ${JSON.stringify(text.slice(Math.max(0, index - 60), index + 60))}`,
  );

/** Our own colours; each of them only. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: the sequences that are ours
const COLOURS = /\u001b\[(?:0|1|2|22|31|32|33|36|39)m/g;

const controls = (output: string) =>
  hits(
    "a character that is obeyed",
    output.replace(COLOURS, "").replaceAll("\u200b", ""),
    /(?!\n)[\p{Cc}\p{Cf}\u2028\u2029]/gu,
  );

const obeyed = (output: string) => [
  ...controls(output),
  ...hits("a command of a runner", output.replace(COLOURS, ""), /^\s*::|##\[/gm),
];

/** What stands behind a line break in the text, at the beginning of a line. */
const ownLines = (output: string) =>
  hits(
    "a line of its own",
    output.replace(COLOURS, ""),
    /^[\s#>*-]*(zz critical|# zz$|- zz$|\| zz \|$|\*\*\*$)/gm,
  );

/** Links, elements, code and cells in Markdown; our own stay. */
function markup(output: string): string[] {
  const found: string[] = [];
  let fence: string | undefined;
  let cells: number | undefined;
  for (const line of lines(output)) {
    const [, mark] = /^\s*(`{3,}|~{3,})/.exec(line) ?? [];
    if (
      mark !== undefined &&
      (fence === undefined || (mark.startsWith(fence) && line.trim() === mark))
    ) {
      fence = fence === undefined ? mark : undefined;
      continue;
    }
    if (fence !== undefined) continue;
    const row = /^\|/.test(line) ? (line.match(/(?<!\\)(?:\\\\)*\|/g)?.length ?? 0) : undefined;
    if (row !== undefined && cells !== undefined && row !== cells) found.push(`a cell: ${line}`);
    cells = row;
    const bare = withoutCode(line);
    found.push(
      ...hits("a link", bare, /\]\([^)]*zz|(?<![\w.\u200b])(https?:\/\/|www\.)zz/g),
      ...hits("an element", bare, /<(zz|script|\/title|img)/g),
      ...hits("a mention", bare, /@zz|(?<!&)#1\b/g),
    );
  }
  if (fence !== undefined) found.push("a block of code that never ends");
  return found;
}

/** A line without its spans of code and its escaped characters. */
function withoutCode(line: string): string {
  let left = "";
  for (let at = 0; at < line.length; ) {
    if (line[at] === "\\") {
      at += 2;
      left += "_";
      continue;
    }
    const [run] = /^`+/.exec(line.slice(at)) ?? [];
    if (run === undefined) {
      left += line[at];
      at += 1;
      continue;
    }
    const end = new RegExp(`(?<!\`)${run}(?!\`)`).exec(line.slice(at + run.length));
    at += run.length + (end === null ? 0 : end.index + run.length);
    left += "_";
  }
  return left;
}

/** Blocks of shell, carried out by a real one in which nothing can be found: what it would have run. */
function shells(output: string): string[] {
  const blocks = [...output.matchAll(/^\s*```sh\n([\s\S]*?)^\s*```$/gm)].map(
    ([, text = ""]) => text,
  );
  return blocks.length === 0 ? [] : run(blocks.join("\n"));
}

function run(script: string): string[] {
  const dir = mkdtempSync(join(tmpdir(), "homelab-shell-"));
  try {
    const log = join(dir, "log");
    writeFileSync(log, "");
    // What a host is told is shell once more, there.
    const prelude = `command_not_found_handle() { echo "$1" >&3; }\nssh() { while [ "\${1#-}" != "$1" ]; do shift; done; shift; [ $# -eq 0 ] || eval "$*"; }\nPATH=/nonexistent\n`;
    const text = `${prelude}${script}`;
    spawnSync("/bin/bash", ["-c", `exec 3>>"$1"; eval "$2"`, "bash", log, text], {
      cwd: dir,
      timeout: 20_000,
    });
    return lines(readFileSync(log, "utf8"))
      .filter((name) => name.startsWith("zz"))
      .map((name) => `a command: ${name}`);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

function parsed(what: string, parse: () => unknown): string[] {
  try {
    parse();
    return [];
  } catch (error) {
    return [`no ${what}: ${(error as Error).message}`];
  }
}
