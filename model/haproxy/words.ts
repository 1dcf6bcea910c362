/** A line of an `haproxy.cfg` as HAProxy splits it. */
export interface HaproxyLine {
  words: string[];
  /** Why HAProxy refuses the file for this line alone. @default it splits it */
  broken?: BrokenLine;
}

/** What HAProxy cannot split, as the end of a sentence, and how to mend it. */
export interface BrokenLine {
  found: string;
  fix: string;
}

/** Values of environment variables that the file itself sets. */
export type Environment = ReadonlyMap<string, string>;

/** Stands around the name of a variable whose value only the running HAProxy knows. */
const MARK = "\u0000";

const escapes: Record<string, string> = { t: "\t", n: "\n", r: "\r" };

/** Blanks of C: a no-break space, as web pages have it, is a letter like any other. */
const BLANK = /[ \t\n\v\f\r]/;

/** Most words of a line. */
const MOST_WORDS = 64;

const broken = {
  hex: {
    found: 'has "\\x" without two hexadecimal digits',
    fix: "write two of them behind it, or a second backslash in front of it",
  },
  variable: {
    found: 'has a "$" between double quotes that names no variable',
    fix: "write `\\$`, or single quotes; a default stands behind `-` alone, without the shell's colon",
  },
  words: {
    found: `has more than ${MOST_WORDS} words`,
    fix: "write it on several lines",
  },
  nul: { found: "holds a NUL character", fix: "write the file as plain text" },
};

/** Whether a word, or a part of it, is a variable whose value the file does not tell. */
export function isVariable(word: string): boolean {
  return word.includes(MARK);
}

/** A word as people write it. */
export function shownWord(word: string): string {
  const [before = "", name = "", ...after] = word.split(MARK);
  return after.length === 0 ? word : `${before}\${${name}}${shownWord(after.join(MARK))}`;
}

/**
 * Splits a line into words. Quotes, comments and a handful of escapes are HAProxy's; variables count
 * between double quotes only. A backslash at the end is a letter like any other: no line is continued.
 *
 * @param known a variable that is not among them has its default, else no value that can be told
 * @see https://docs.haproxy.org/2.6/configuration.html#2.2
 */
export function haproxyWords(line: string, known: Environment = new Map()): HaproxyLine {
  const [visible = "", ...hidden] = line.split(MARK);
  const read = split(visible, known);
  return hidden.length === 0 ? read : { words: read.words, broken: read.broken ?? broken.nul };
}

function split(line: string, known: Environment): HaproxyLine {
  const words: string[] = [];
  let word: string | undefined;
  let quote: "" | '"' | "'" = "";
  let fault: BrokenLine | undefined;
  const put = ({ text, fault: found }: Part) => {
    word = (word ?? "") + text;
    fault ??= found;
  };
  const end = () => {
    if (word !== undefined) words.push(word);
    word = undefined;
  };
  for (let at = 0; at < line.length; at++) {
    const letter = line[at] ?? "";
    if ((letter === '"' && quote !== "'") || (letter === "'" && quote !== '"')) {
      quote = quote === "" ? letter : "";
      put({ text: "", length: 1 });
    } else if (letter === "\\" && quote !== "'") {
      const part = escaped(line.slice(at + 1), quote === '"');
      put(part);
      at += part.length;
    } else if (letter === "$" && quote === '"') {
      const part = variable(line.slice(at), known);
      const [first = "", ...more] = part.listed ? part.text.split(BLANK) : [part.text];
      put({ ...part, text: first });
      for (const text of more) {
        end();
        put({ ...part, text });
      }
      at += part.length - 1;
    } else if (quote === "" && (letter === "#" || (letter === "\r" && word !== undefined))) {
      break;
    } else if (quote === "" && BLANK.test(letter)) {
      end();
    } else {
      put({ text: letter, length: 1 });
    }
  }
  end();
  if (quote !== "") fault ??= unclosed(quote);
  if (words.length > MOST_WORDS) fault ??= broken.words;
  return { words, ...(fault !== undefined && { broken: fault }) };
}

function unclosed(quote: string): BrokenLine {
  return {
    found: `opens ${quote} and does not close it`,
    fix: "close it on the same line, or write a backslash in front of it",
  };
}

/** What letters of a line mean. */
interface Part {
  text: string;
  /** How many letters it takes. */
  length: number;
  fault?: BrokenLine;
  /** Whether blanks in it part words. @default false */
  listed?: boolean;
}

/** What stands behind a backslash. */
function escaped(rest: string, inDouble: boolean): Part {
  const [next = ""] = rest;
  if (" \\#'\"".includes(next) && next !== "") return { text: next, length: 1 };
  if (next === "$" && inDouble) return { text: next, length: 1 };
  if (next === "x") {
    const hex = /^x([0-9a-fA-F]{2})/.exec(rest)?.[1];
    if (hex === undefined) return { text: "\\", length: 0, fault: broken.hex };
    return { text: String.fromCharCode(Number.parseInt(hex, 16)), length: 3 };
  }
  const made = escapes[next];
  return made === undefined ? { text: "\\", length: 0 } : { text: made, length: 1 };
}

/** `$NAME`, `${NAME}`, `${NAME[*]}` or `${NAME-default}` at the beginning of a text. */
function variable(text: string, known: Environment): Part {
  const braced = /^\$\{([A-Za-z_]\w*)(\[\*])?(?:-([^}]*))?\}/.exec(text);
  const found = braced ?? /^\$([A-Za-z_]\w*)/.exec(text);
  if (found === null) return { text: "$", length: 1, fault: broken.variable };
  const [whole, name = "", list, fallback] = found;
  return {
    text: known.get(name) ?? fallback ?? `${MARK}${name}${MARK}`,
    length: whole.length,
    ...(list !== undefined && { listed: true }),
  };
}

/** What a line of `global` does to the variables that the lines below it see. */
export function setVariables(known: Map<string, string>, words: readonly string[]): void {
  const [verb, name = "", value = ""] = words;
  // Without a value HAProxy refuses the line and sets nothing.
  if (value !== "" && (verb === "setenv" || (verb === "presetenv" && !known.has(name)))) {
    known.set(name, value);
  }
  if (verb === "unsetenv") for (const each of words.slice(1)) known.delete(each);
}
