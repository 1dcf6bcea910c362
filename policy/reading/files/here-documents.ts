import { oncePerText } from "../memo";

/** A here-document of a shell script. */
export interface HereDocument {
  /** What its command reads, without the last line break; variables stand as they are written. */
  text: string;
  /** The pipeline that reads it, e.g. `cat <<EOF | tee /etc/haproxy/haproxy.cfg`. */
  command: string;
  /** Whether the shell puts values of its own into it first. */
  expands: boolean;
}

/** What is open at a place of a script; each is closed by a text of its own. */
type Context = "script" | "substitution" | "subshell" | "backticks" | "double" | "braces";

interface Opening {
  word: string;
  /** The body is taken as it is. */
  quoted: boolean;
  /** `<<-`: tabs before each line do not count. */
  indented: boolean;
  /** Where its command begins. */
  commandStart: number;
  /** Where it ends. @default where the line does */
  commandEnd?: number;
}

const shellContexts = new Set<Context>(["script", "substitution", "subshell", "backticks"]);

/**
 * The here-documents of a shell script, as a shell reads it: `<<` counts outside quotes, comments
 * and arithmetic, several may be opened on one line, and one that never ends runs to the end.
 */
export function hereDocuments(script: string): HereDocument[] {
  return script.includes("<<") ? scanned(script) : [];
}

/** Each rule asks again, with a copy of its own of every resource. */
const scanned = oncePerText((script) => new Scanner(script).run());

/** Runs of letters that mean nothing in any context. */
const ordinary = /[^\\$`"'#\n<(;&|)}]+/y;

/** `$name`, `${…}`, `$(…)` or back-ticks, without a backslash before them. */
const expansion = /^(?:[^\\$`]|\\.|\$(?![A-Za-z_0-9{(?$!@*#-]))*(?:\$|`)/s;

class Scanner {
  private at = 0;
  private commandStart = 0;
  private readonly contexts: Context[] = ["script"];
  private readonly openings: Opening[] = [];
  private readonly found: HereDocument[] = [];

  constructor(private readonly script: string) {}

  run(): HereDocument[] {
    while (this.at < this.script.length) {
      ordinary.lastIndex = this.at;
      if (ordinary.test(this.script)) this.at = ordinary.lastIndex;
      else this.step();
    }
    return this.found;
  }

  private get context(): Context {
    return this.contexts.at(-1) ?? "script";
  }

  private starts(text: string): boolean {
    return this.script.startsWith(text, this.at);
  }

  private step(): void {
    if (this.starts("\\")) this.at += 2;
    else if (this.starts("$((")) this.skipArithmetic(3, "substitution");
    else if (this.starts("$(")) this.open("substitution", 2);
    else if (this.starts("${")) this.open("braces", 2);
    else if (this.starts("`")) this.toggle("backticks");
    else if (this.starts('"')) this.toggle("double");
    else if (!shellContexts.has(this.context)) this.stepInText();
    else this.stepInCommand();
  }

  /** Inside double quotes or braces, where neither operators nor line breaks count. */
  private stepInText(): void {
    if (this.context === "braces" && this.starts("}")) this.close();
    else if (this.context === "braces" && this.starts("'") && !this.contexts.includes("double"))
      this.skipSingleQuotes();
    this.at += 1;
  }

  private stepInCommand(): void {
    if (this.starts("'")) {
      this.skipSingleQuotes();
      this.at += 1;
    } else if (this.starts("#") && this.beginsWord()) this.skipComment();
    else if (this.starts("\n")) this.lineBreak();
    else if (this.starts("<<<")) this.at += 3;
    else if (this.starts("<<")) this.opening();
    else if (this.starts("((") && this.beginsCommand()) this.skipArithmetic(2, "subshell");
    else if (this.starts("(")) this.open("subshell", 1);
    else if (this.starts(")")) {
      if (this.context !== "script") this.close();
      this.separator(1);
    } else if (this.starts(";") || this.starts("&&") || this.starts("||"))
      this.separator(this.starts(";") ? 1 : 2);
    else this.at += 1;
  }

  private open(context: Context, length: number): void {
    this.contexts.push(context);
    this.at += length;
    if (shellContexts.has(context)) this.commandStart = this.at;
  }

  private close(): void {
    this.contexts.pop();
  }

  private toggle(context: Context): void {
    if (this.context === context) this.close();
    else this.contexts.push(context);
    this.at += 1;
  }

  private separator(length: number): void {
    for (const opening of this.openings) opening.commandEnd ??= this.at;
    this.at += length;
    this.commandStart = this.at;
  }

  /** To the closing quote; `$'` knows a quote behind a backslash. */
  private skipSingleQuotes(): void {
    const ansi = this.script[this.at - 1] === "$";
    for (this.at += 1; this.at < this.script.length && !this.starts("'"); this.at += 1) {
      if (ansi && this.starts("\\")) this.at += 1;
    }
  }

  private skipComment(): void {
    const end = this.script.indexOf("\n", this.at);
    this.at = end < 0 ? this.script.length : end;
  }

  /** `<<` shifts in arithmetic; two brackets that are not closed together are something else. */
  private skipArithmetic(length: number, otherwise: "substitution" | "subshell"): void {
    let depth = 0;
    for (let end = this.at + length; end < this.script.length; end++) {
      if (this.script[end] === "(") depth += 1;
      if (this.script[end] !== ")") continue;
      if (depth > 0) depth -= 1;
      else if (this.script[end + 1] === ")") {
        this.at = end + 2;
        return;
      } else break;
    }
    this.open(otherwise, length - 1);
  }

  private beginsWord(): boolean {
    return this.at === 0 || /[\s;&|()<>]/.test(this.script[this.at - 1] ?? "");
  }

  private beginsCommand(): boolean {
    return /(^|[\n;&|({]|\b(if|while|until|then|do|else)\s)\s*$/.test(
      this.script.slice(this.commandStart, this.at),
    );
  }

  private opening(): void {
    this.at += 2;
    const indented = this.starts("-");
    if (indented) this.at += 1;
    while (/[ \t]/.test(this.script[this.at] ?? "") || this.starts("\\\n"))
      this.at += this.starts("\\\n") ? 2 : 1;
    const { word, quoted } = this.delimiter();
    this.openings.push({ word, quoted, indented, commandStart: this.commandStart });
  }

  /** The word behind `<<`, without its quotes. */
  private delimiter(): { word: string; quoted: boolean } {
    let word = "";
    let quoted = false;
    let quote = "";
    for (; this.at < this.script.length; this.at += 1) {
      const letter = this.script[this.at] ?? "";
      const next = this.script[this.at + 1] ?? "";
      if (quote !== "" && letter === quote) quote = "";
      else if (quote === "" && (letter === '"' || letter === "'")) {
        quote = letter;
        quoted = true;
      } else if (letter === "\\" && (quote === "" || (quote === '"' && /[$`"\\]/.test(next)))) {
        quoted = true;
        word += next;
        this.at += 1;
      } else if (quote === "" && /[\s;&|<>()]/.test(letter)) break;
      else word += letter;
    }
    return { word, quoted };
  }

  /** The bodies of what a line opened follow it one after the other. */
  private lineBreak(): void {
    const end = this.at;
    this.at += 1;
    for (const opening of this.openings.splice(0)) {
      const { commandStart, commandEnd = end } = opening;
      const command = this.script.slice(commandStart, commandEnd).trim();
      this.found.push({ ...this.body(opening), command });
    }
    this.commandStart = this.at;
  }

  private body({ word, quoted, indented }: Opening): Omit<HereDocument, "command"> {
    const lines: string[] = [];
    let expands = false;
    while (this.at < this.script.length) {
      const read = this.line(quoted);
      const line = indented ? read.replace(/^\t+/, "") : read;
      if (line === word) break;
      expands ||= !quoted && expansion.test(line);
      lines.push(quoted ? line : line.replace(/\\([\\$`])/g, "$1"));
    }
    return { text: lines.join("\n"), expands };
  }

  /** The next line; one that ends in a backslash goes on, unless the body is taken as it is. */
  private line(quoted: boolean): string {
    let line = "";
    for (;;) {
      const end = this.script.indexOf("\n", this.at);
      const part = this.script.slice(this.at, end < 0 ? this.script.length : end);
      this.at = end < 0 ? this.script.length : end + 1;
      if (quoted || end < 0 || !/(^|[^\\])(\\\\)*\\$/.test(part)) return line + part;
      line += part.slice(0, -1);
    }
  }
}
