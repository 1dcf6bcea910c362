import { Definitions } from "./definitions";
import type { ConfNote, KeepalivedHost } from "./host";
import { MAIN_FILE, Refused } from "./host";
import { directoryOf, filesMatching } from "./include";
import { cutAtBrace, withoutComment } from "./text";

/** A line as keepalived's parser gets it: a brace always stands alone. */
export interface ConfLine {
  text: string;
  line: number;
  /** Path of an included file. @default the file itself */
  file?: string;
}

interface OpenFile {
  path: string;
  included: boolean;
  lines: string[];
  next: number;
}

/**
 * The lines of a file in the order and form in which keepalived's parser sees them: comments gone,
 * definitions taken and filled in, lines for other hosts left out, included files in their place,
 * braces on lines of their own. A backslash continues a line in a definition only.
 */
export class ConfLines {
  /** What was lost on the way. */
  readonly notes: ConfNote[] = [];
  /** What could not be followed. */
  readonly unjudged: string[] = [];
  /** Braces that are open, as keepalived counts them. */
  depth = 0;
  private readonly definitions: Definitions;
  private readonly open: OpenFile[] = [];
  private rest: ConfLine | undefined;
  private fillings = 0;

  constructor(
    text: string,
    private readonly host: KeepalivedHost,
  ) {
    const path = host.path ?? MAIN_FILE;
    this.definitions = new Definitions(
      host.name,
      () => directoryOf(this.open.at(-1)?.path ?? path),
      (what) => this.unjudged.push(`line ${this.place().line}: ${what}`),
    );
    this.open.push({ path, included: false, lines: linesOf(text), next: 0 });
  }

  /** The next line that is not empty. */
  next(): ConfLine | undefined {
    for (;;) {
      const from = this.source();
      if (from === undefined) return undefined;
      const text = this.prepared(from);
      if (text === "" || this.include({ ...from, text })) continue;
      const cut = cutAtBrace(text);
      this.rest = cut.rest === "" ? undefined : { ...from, text: cut.rest };
      if (cut.text === "") continue;
      this.count(cut.text, from);
      return { ...from, text: cut.text };
    }
  }

  /** Where the parser stands, for messages about what comes next. */
  note(at: ConfLine, message: string, fix?: string): void {
    const { line, file } = at;
    this.notes.push({ line, ...(file && { file }), message, ...(fix && { fix }) });
  }

  private count(text: string, at: ConfLine): void {
    if (text === "{") this.depth++;
    if (text !== "}") return;
    if (this.depth === 0) this.note(at, 'has a "}" too many', "remove it");
    else this.depth--;
  }

  /** What is left of the last line, the next line of a definition, or the next one of a file. */
  private source(): ConfLine | undefined {
    const { rest } = this;
    if (rest !== undefined) {
      this.rest = undefined;
      return rest;
    }
    const expanded = this.definitions.nextLine();
    if (expanded !== undefined) return { ...this.place(), text: expanded };
    for (;;) {
      const file = this.open.at(-1);
      if (file === undefined) return undefined;
      const raw = file.lines[file.next++];
      if (raw === undefined) {
        if (this.open.length > 1 || file.included) this.open.pop();
        else return undefined;
        continue;
      }
      const text = withoutComment(asText(raw));
      if (text === "" || isInclude(text)) this.definitions.blank();
      if (text !== "") return { ...this.place(), text: withoutComment(text) };
    }
  }

  private place(): Omit<ConfLine, "text"> {
    const file = this.open.at(-1);
    return { line: file?.next ?? 1, ...(file?.included && { file: file.path }) };
  }

  /** The line with its definitions filled in; empty where it is a definition or for another host. */
  private prepared(from: ConfLine): string {
    let { text } = from;
    if (this.definitions.continues(text)) return "";
    for (;;) {
      if (text.startsWith("@")) {
        const kept = this.forThisHost(text);
        if (kept === undefined) return "";
        text = kept;
      }
      if (this.definitions.define(text)) return "";
      if (text.startsWith("~SEQ") || text.startsWith("~LST")) {
        this.unjudged.push(`line ${from.line}: ${text.slice(0, 4)} repeats lines`);
        return "";
      }
      if (text.startsWith("~")) return text;
      const filled = this.definitions.filled(text);
      if (filled === undefined) return text;
      if (++this.fillings > 5000) {
        throw new Refused(
          `line ${from.line}: a definition names itself, so reading never ends`,
          "give the definition a text",
        );
      }
      text = withoutComment(filled);
      if (!text.startsWith("@") && !text.includes("$")) return text;
    }
  }

  private forThisHost(text: string): string | undefined {
    const [, not, name, rest] = /^@(\^?)([^ \t]*)[ \t]+(.*)$/s.exec(text) ?? [];
    if (name === undefined) return undefined;
    if (this.host.name === undefined) {
      this.unjudged.push(`"@${name}": the name of the host is not known`);
    }
    return (name === this.host.name) === (not === "") ? rest : undefined;
  }

  private include(from: ConfLine): boolean {
    if (!isInclude(from.text)) return false;
    const pattern = from.text.replace(/^include[rmwba]?\s[ \t]*/, "");
    const current = this.open.at(-1)?.path ?? MAIN_FILE;
    const found = filesMatching(pattern, directoryOf(current), this.host.files ?? new Map());
    if (found.length === 0)
      this.unjudged.push(`"include ${pattern}": no such file is brought here`);
    if (this.open.length > 20) return true;
    for (const [path, text] of found.reverse()) {
      this.open.push({ path, included: true, lines: linesOf(text), next: 0 });
    }
    return true;
  }
}

/** A line up to its first NUL, where a text of C ends. */
function asText(raw: string): string {
  const end = raw.indexOf("\0");
  return (end < 0 ? raw : raw.slice(0, end)).replace(/\r+$/, "");
}

function linesOf(text: string): string[] {
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  return lines;
}

function isInclude(text: string): boolean {
  return /^include[rmwba]?\s/.test(text);
}
