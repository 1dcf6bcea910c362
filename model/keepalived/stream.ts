import { type ConfNote, Refused } from "./host";
import type { ConfLine, ConfLines } from "./lines";
import { wordsOf } from "./text";

/** The words of one line with what its keyword may ask for. */
export class Statement {
  constructor(
    readonly words: readonly string[],
    readonly at: ConfLine,
    private readonly stream: ConfStream,
  ) {}

  /** The word behind the keyword; keepalived ends where it is missing. */
  argument(place = 1): string {
    const word = this.words[place];
    if (word !== undefined) return word;
    const keyword = this.words[0] ?? "";
    throw new Refused(
      `line ${this.at.line}: "${keyword}" has no value`,
      `write a value behind "${keyword}"`,
    );
  }

  note(message: string, fix?: string): void {
    this.stream.note(this.at, message, fix);
  }

  /** A note about something that decides who has the address. */
  noteDecisive(message: string, fix: string): void {
    this.stream.note(this.at, message, fix, true);
  }

  /** Words behind the last one that the keyword reads are lost. */
  extra(from: number): void {
    const lost = this.words.slice(from);
    if (lost.length === 0) return;
    this.note(
      `"${lost.join(" ")}" behind "${this.words.slice(0, from).join(" ")}" is ignored: keepalived reads one item per line`,
      "write each on a line of its own",
    );
  }

  /** The lines of the block that follows, as words. */
  items(each: (item: Statement) => void): void {
    this.stream.items(this, each);
  }

  /** Has keepalived pass over the block that follows. */
  skipBlock(): void {
    this.stream.skipBlock();
  }
}

/** What a keyword does; a block of keywords has a table of its own. */
export interface Keyword {
  run?(statement: Statement): void;
  block?: Keywords;
  /** At the end of the block, unless it was passed over. */
  close?(): void;
  /** Whether the block exists that it belongs to; without it nothing is done. @default it does */
  alive?(): boolean;
  /** Read by another process of keepalived: its block is passed over. @default false */
  foreign?: boolean;
  /** Whenever the keyword is met, also where its block is passed over. */
  met?(): void;
}

export type Keywords = ReadonlyMap<string, Keyword>;

function alive({ alive: lives = () => true }: Keyword): boolean {
  return lives();
}

/** Keywords that do nothing while the block that they belong to was not made. */
export function whileAlive(keywords: Keywords, lives: () => boolean): Keywords {
  return new Map(
    [...keywords].map(([name, keyword]): [string, Keyword] => [
      name,
      {
        ...keyword,
        alive: lives,
        ...(keyword.block && { block: whileAlive(keyword.block, lives) }),
      },
    ]),
  );
}

/** Reads lines as keepalived's parser does, with its ways in files whose braces are wrong. */
export class ConfStream {
  readonly notes: ConfNote[] = [];
  /** Whether braces stand where no block expects them. */
  oddBraces = false;
  /** Blocks to be passed over: -1 where the opening brace is still to come. */
  private skipping = 0;
  private level = 0;

  constructor(private readonly lines: ConfLines) {}

  note(at: ConfLine, message: string, fix?: string, decisive = false): void {
    const { line, file } = at;
    this.notes.push({
      line,
      ...(file && { file }),
      message,
      ...(fix && { fix }),
      ...(decisive && { decisive }),
    });
  }

  skipBlock(): void {
    this.skipping = -1;
  }

  /**
   * Runs the keywords of a block until its end.
   *
   * @param wantsBrace whether the block's opening brace is still to come
   * @returns whether the block was passed over
   */
  run(keywords: Keywords, wantsBrace = false): boolean {
    let brace = wantsBrace;
    for (let line = this.lines.next(); line !== undefined; line = this.lines.next()) {
      const words = wordsOf(line.text);
      const [first] = words;
      if (first === undefined) continue;
      if (this.skipping === -1) {
        this.skipping = first === "{" ? 1 : 0;
        if (this.skipping === 1) {
          brace = false;
          continue;
        }
      }
      if (this.skipping > 0) {
        if (this.passed(words) && this.level > 0) return true;
        continue;
      }
      if (brace) {
        brace = false;
        if (first === "{" && this.level > 0) continue;
        this.oddBraces = true;
        this.note(line, 'stands where keepalived looks for "{"', 'add the missing "{"');
      } else if (first === "{") {
        this.oddBraces = true;
        this.note(line, 'has a "{" that belongs to no block, which is ignored', "remove it");
        continue;
      }
      if (first === "}" && this.level > 0) return false;
      this.keyword(keywords, words, line);
    }
    return false;
  }

  /** Counts the braces of a line that is passed over; true at the block's end. */
  private passed(words: readonly string[]): boolean {
    for (const word of words) {
      if (word === "{") this.skipping++;
      else if (word === "}" && --this.skipping === 0) return true;
    }
    return false;
  }

  private keyword(keywords: Keywords, words: string[], line: ConfLine): void {
    const keyword = keywords.get(words[0] ?? "");
    if (keyword === undefined) {
      this.oddBraces ||= words.some((word) => word === "{" || word === "}");
      // "priority=150", and a line that ends in a backslash.
      const decisive = keywords.has("priority") && /^priority\W/.test(words[0] ?? "");
      this.note(
        line,
        `starts with "${words[0]}", which keepalived does not know here and ignores`,
        decisive ? "write priority, a blank and a number from 1 to 255 on one line" : undefined,
        decisive,
      );
      return;
    }
    keyword.met?.();
    const opened = words.at(-1) === "{";
    if (keyword.foreign) this.skipping = opened ? 1 : -1;
    if (keyword.block !== undefined && opened) words.pop();
    if (!keyword.foreign && alive(keyword)) keyword.run?.(new Statement(words, line, this));
    if (keyword.block === undefined) return;
    this.level++;
    const skipped = this.run(keyword.block, !opened);
    this.level--;
    if (!skipped && !keyword.foreign) keyword.close?.();
  }

  /** The items of a block without keywords: one for each line. */
  items(head: Statement, each: (item: Statement) => void): void {
    head.extra(1);
    let brace = true;
    for (let line = this.lines.next(); line !== undefined; line = this.lines.next()) {
      const words = wordsOf(line.text);
      if (words.length === 0) continue;
      if (brace) {
        brace = false;
        if (words[0] === "{") {
          if (words.length === 1) continue;
          words.shift();
        } else {
          head.note('has no "{" behind it', 'add the missing "{"');
        }
      }
      const last = words.at(-1) === "}";
      if (last && words.length === 1) return;
      if (last) words.pop();
      each(new Statement(words, line, this));
      if (last) return;
    }
  }
}
