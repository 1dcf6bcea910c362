import { foreign } from "../foreign-text";
import { counted } from "../text";
import { conditionHolds } from "./condition";
import { haproxyWords, setVariables } from "./words";

/** A file as HAProxy reads it under some conditions; lines that it passes over are empty. */
export interface HaproxyVariant {
  text: string;
  /** What was taken as given, e.g. `defined(PROD)` or `not defined(PROD)`. */
  given: string[];
  /** Why HAProxy refuses its conditional lines. @default it takes them */
  refused?: string;
}

/** More conditions than these are taken together: all of them hold, or none does. */
const CONDITIONS = 4;

/** Directives, and how many words may stand behind each. */
const MOST_ARGUMENTS: Readonly<Record<string, number>> = {
  ".if": Number.POSITIVE_INFINITY,
  ".elif": Number.POSITIVE_INFINITY,
  ".else": 0,
  ".endif": 0,
  ".alert": 1,
  ".warning": 1,
  ".notice": 1,
  ".diag": 1,
};

const BLOCKS: ReadonlySet<string> = new Set([".if", ".elif", ".else", ".endif"]);

/** The ways in which HAProxy may read a file with `.if`; one where it decides nothing. */
export function haproxyVariants(text: string): HaproxyVariant[] {
  if (!/^[ \t\r\v\f]*["'\\]?\./m.test(text)) return [{ text, given: [] }];
  const found: HaproxyVariant[] = [];
  const open: Map<string, boolean>[] = [new Map()];
  for (let taken = open.pop(); taken !== undefined; taken = open.pop()) {
    const read = new Reading(text, taken).run();
    if (read.asks === undefined) {
      found.push(read.variant);
      continue;
    }
    const asks = read.asks;
    const all = taken.size < CONDITIONS ? undefined : [...taken.values()].every(Boolean);
    for (const holds of all === undefined ? [false, true] : [all]) {
      open.push(new Map([...taken, [asks, holds]]));
    }
  }
  return found;
}

interface Level {
  /** Whether its lines count now. */
  on: boolean;
  /** Whether one of its branches counted already. */
  done: boolean;
  /** Whether what it stands in counts. */
  outer: boolean;
  hadElse: boolean;
}

class Reading {
  private readonly levels: Level[] = [];
  private readonly known = new Map<string, string>();
  private refused: string | undefined;
  private asks: string | undefined;

  constructor(
    private readonly text: string,
    private readonly taken: ReadonlyMap<string, boolean>,
  ) {}

  run(): { variant: HaproxyVariant; asks?: string } {
    const lines = this.text.split("\n").map((line, index) => this.read(line, index + 1));
    if (this.levels.length > 0) this.refuse("an .if is not closed by .endif");
    const given = [...this.taken].map(([condition, holds]) =>
      holds ? condition : `not ${condition}`,
    );
    return {
      variant: {
        text: lines.join("\n"),
        given,
        ...(this.refused !== undefined && { refused: this.refused }),
      },
      ...(this.asks !== undefined && { asks: this.asks }),
    };
  }

  private refuse(why: string): void {
    this.refused ??= why;
  }

  private get on(): boolean {
    return this.levels.at(-1)?.on ?? true;
  }

  private read(line: string, number: number): string {
    const { words } = haproxyWords(line, this.known);
    const [verb = ""] = words;
    if (!verb.startsWith(".")) {
      if (!this.on) return "";
      setVariables(this.known, words);
      return line;
    }
    const most = MOST_ARGUMENTS[verb];
    if (most === undefined || words.length - 1 > most) {
      // A message or a line of another file format in a branch that does not count is passed over.
      if (this.on || BLOCKS.has(verb)) {
        this.refuse(
          most === undefined
            ? `line ${number} has "${foreign(verb, 40)}", which is no directive`
            : `line ${number} has more than ${counted(most, "word")} behind ${verb}`,
        );
      }
    }
    this.directive(verb, words.slice(1).join(" "), number);
    return "";
  }

  private directive(verb: string, rest: string, number: number): void {
    const level = this.levels.at(-1);
    if (verb === ".if") {
      const on = this.on && this.holds(rest, number);
      this.levels.push({ on, done: on, outer: this.on, hadElse: false });
    } else if (verb === ".elif" || verb === ".else") {
      if (level === undefined || level.hadElse) {
        this.refuse(`line ${number} has ${verb} where no .if is open`);
        return;
      }
      level.hadElse = verb === ".else";
      const may = level.outer && !level.done;
      level.on = may && (verb === ".else" || this.holds(rest, number));
      level.done ||= level.on;
    } else if (verb === ".endif") {
      if (this.levels.pop() === undefined) this.refuse(`line ${number} has .endif without .if`);
    } else if (verb === ".alert" && this.on) {
      this.refuse(`line ${number} has .alert, which ends HAProxy`);
    }
  }

  private holds(condition: string, number: number): boolean {
    const truth = conditionHolds(condition, { known: this.known });
    if (truth === undefined) this.refuse(`line ${number} has a condition that does not exist`);
    if (truth !== "unknown") return truth === true;
    const taken = this.taken.get(condition);
    if (taken === undefined) this.asks ??= condition;
    return taken ?? false;
  }
}
