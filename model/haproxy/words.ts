/** A line of an `haproxy.cfg` as HAProxy splits it. */
export interface HaproxyLine {
  words: string[];
  /** A quote that is opened and never closed, for which HAProxy refuses the file. @default none */
  unmatched?: '"' | "'";
}

/** Values of environment variables that the file itself sets. */
export type Environment = ReadonlyMap<string, string>;

/** Stands around the name of a variable whose value only the running HAProxy knows. */
const MARK = "\u0000";

const escapes: Record<string, string> = { t: "\t", n: "\n", r: "\r" };

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
  const words: string[] = [];
  let word: string | undefined;
  let quote: "" | '"' | "'" = "";
  const put = (text: string) => {
    word = (word ?? "") + text;
  };
  for (let at = 0; at < line.length; at++) {
    const letter = line[at] ?? "";
    if ((letter === '"' && quote !== "'") || (letter === "'" && quote !== '"')) {
      quote = quote === "" ? letter : "";
      put("");
    } else if (letter === "\\" && quote !== "'") {
      const [text, length] = escaped(line.slice(at + 1), quote === '"');
      put(text);
      at += length;
    } else if (letter === "$" && quote === '"') {
      const [text, length] = variable(line.slice(at), known);
      put(text);
      at += length - 1;
    } else if (quote === "" && (letter === "#" || letter === "\r")) {
      break;
    } else if (quote === "" && /\s/.test(letter)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else {
      put(letter);
    }
  }
  if (word !== undefined) words.push(word);
  return { words, ...(quote !== "" && { unmatched: quote }) };
}

/** What stands behind a backslash: the letters that it makes, and how many it takes. */
function escaped(rest: string, inDouble: boolean): [text: string, length: number] {
  const [next = ""] = rest;
  if (" \\#'\"".includes(next) && next !== "") return [next, 1];
  if (next === "$" && inDouble) return [next, 1];
  const hex = /^x([0-9a-fA-F]{2})/.exec(rest)?.[1];
  if (hex !== undefined) return [String.fromCharCode(Number.parseInt(hex, 16)), 3];
  const made = escapes[next];
  return made === undefined ? ["\\", 0] : [made, 1];
}

/** `$NAME`, `${NAME}`, `${NAME[*]}` or `${NAME-default}` at the beginning of a text. */
function variable(text: string, known: Environment): [value: string, length: number] {
  const braced = /^\$\{(\w+)(\[\*])?(?:-([^}]*))?\}/.exec(text);
  const found = braced ?? /^\$(\w+)/.exec(text);
  if (found === null) return ["$", 1];
  const [whole, name = "", , fallback] = found;
  return [known.get(name) ?? fallback ?? `${MARK}${name}${MARK}`, whole.length];
}
