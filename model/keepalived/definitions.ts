interface Definition {
  /** One line, or several where the definition was continued. */
  lines: string[];
  /** Whether a backslash continued it; it then only stands at the end of a line. */
  several: boolean;
  /** Gives the text anew at each reference; digits and blanks may stand behind such a name in `${…}`. */
  made?: (numbers: readonly number[]) => string;
}

/** Characters of a line that keepalived reads at once. */
const LONGEST_LINE = 1024;

/** The definitions of a file (`$NAME=text`), and the lines that one of several lines puts in. */
export class Definitions {
  private readonly known = new Map<string, Definition>();
  /** Lines of definitions that are being put in, the innermost last. */
  private readonly pending: string[][] = [];
  private growing: Definition | undefined;

  /**
   * @param host the host's name, for `$_INSTANCE`
   * @param folder that of the file that is being read, for `$_PWD`
   * @param unknown is told what nobody can know
   */
  constructor(host: string | undefined, folder: () => string, unknown: (what: string) => void) {
    const none = { lines: [], several: false };
    this.known.set("_PWD", { ...none, made: folder });
    this.known.set("_RANDOM", {
      ...none,
      made: ([least = 0]) => {
        unknown("$_RANDOM is another number at each start");
        return `${least}`;
      },
    });
    this.known.set("_HASH", { lines: ["#"], several: false });
    this.known.set("_BANG", { lines: ["!"], several: false });
    if (host !== undefined) this.known.set("_INSTANCE", { lines: [host], several: false });
  }

  /** The next line of a definition of several lines that was put in. */
  nextLine(): string | undefined {
    const lines = this.pending.at(-1);
    const line = lines?.shift();
    if (lines?.length === 0) this.pending.pop();
    return line;
  }

  /** An empty line ends a definition that is being continued. */
  blank(): void {
    const { growing } = this;
    if (growing?.lines.length === 0) growing.several = false;
    this.growing = undefined;
  }

  /** Whether the line belongs to the definition that the lines before it began. */
  continues(text: string): boolean {
    const { growing } = this;
    if (growing === undefined) return false;
    const continued = text.endsWith("\\");
    const line = continued ? text.slice(0, -1).replace(/[ \t]+$/, "") : text;
    if (!continued) this.blank();
    if (line !== "") growing.lines.push(line);
    return true;
  }

  /** Takes a line that defines something; a blank before the `=` makes it none. */
  define(text: string): boolean {
    const [, name, value = ""] = /^\$([A-Za-z_][A-Za-z0-9_]*)=[ \t]*(.*)$/s.exec(text) ?? [];
    if (name === undefined) return false;
    const several = value.endsWith("\\");
    const first = several ? value.slice(0, -1).replace(/[ \t]+$/, "") : value;
    const definition = { lines: several && first === "" ? [] : [first], several };
    this.known.set(name, definition);
    this.growing = several ? definition : undefined;
    return true;
  }

  /** The line with its references replaced; undefined where nothing was replaced. */
  filled(text: string): string | undefined {
    let filled = text;
    let found = false;
    let at = filled.indexOf("$");
    // A definition may name another one; one that names itself ends with the longest line.
    for (let rounds = 0; at >= 0 && rounds < 100 && filled.length < LONGEST_LINE; rounds++) {
      const reference = referenceAt(filled, at);
      const definition = reference && this.known.get(reference.name);
      const misplaced =
        definition?.several === true && reference !== undefined && reference.end < filled.length;
      const asked = definition?.made === undefined && reference?.numbers !== undefined;
      if (!definition || misplaced || asked) {
        at = filled.indexOf("$", at + 1);
        continue;
      }
      found = true;
      const [first = "", ...more] = definition.made
        ? [definition.made(reference.numbers ?? [])]
        : definition.lines;
      if (definition.several && more.length > 0) this.pending.push(more);
      filled = filled.slice(0, at) + first + filled.slice(reference.end);
      if (/^[ \t]*~/.test(first)) break;
      at = filled.indexOf("$", at);
    }
    return found ? filled : undefined;
  }
}

interface Reference {
  name: string;
  end: number;
  /** What stands behind the name, where anything does. */
  numbers?: number[];
}

/** `$NAME` before a blank, a comma, a closing parenthesis or the end, or `${NAME}` and `${NAME 1 9}` anywhere. */
function referenceAt(text: string, at: number): Reference | undefined {
  const pattern =
    /\$(?:([A-Za-z_][A-Za-z0-9_]*)(?=[ \t,)]|$)|\{([A-Za-z_][A-Za-z0-9_]*)(?: +(\d[ \d]*(?<! )))?\})/y;
  pattern.lastIndex = at;
  const match = pattern.exec(text);
  const name = match?.[1] ?? match?.[2];
  if (!match || name === undefined) return undefined;
  const numbers = match[3]?.split(/ +/).map(Number);
  return { name, end: at + match[0].length, ...(numbers && { numbers }) };
}
