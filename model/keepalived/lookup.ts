import { isIP } from "node:net";
import { addressOf } from "../vrrp/text";
import type { Statement } from "./blocks";

/** Statements that begin with a keyword. */
export function statements(block: readonly Statement[] | undefined, keyword: string): Statement[] {
  return (block ?? []).filter(({ words }) => words[0]?.text === keyword);
}

/** Everything inside the blocks of a keyword; a block may be given more than once. */
export function inside(block: readonly Statement[] | undefined, keyword: string): Statement[] {
  return statements(block, keyword).flatMap((one) => one.block ?? []);
}

/** Word of a statement by place; 0 is its keyword. */
export function argument({ words }: Statement, place: number): string {
  return words[place]?.text ?? "";
}

/**
 * Words after a keyword; the last statement with it counts. When a whole block stands on one line,
 * the keyword is also found in the middle, except among the arguments of a script.
 */
export function setting(
  block: readonly Statement[] | undefined,
  keyword: string,
): string[] | undefined {
  const texts = (block ?? []).map(({ words }) => {
    const script = words.findIndex(({ text }) => /^(script|notify\w*)$/.test(text));
    const bare = script >= 0 && words[script + 1]?.quoted === false;
    const kept = bare ? words.slice(0, script + 1) : words;
    const at = kept.findIndex(({ text, quoted }) => !quoted && text === keyword);
    return at < 0 ? undefined : words.slice(at + 1).map(({ text }) => text);
  });
  return texts.findLast((text) => text !== undefined);
}

/** First word after a keyword. */
export function value(
  block: readonly Statement[] | undefined,
  keyword: string,
): string | undefined {
  return setting(block, keyword)?.[0];
}

/** Number after a keyword; what is no number, or out of the range, is as good as missing. */
export function numberIn(
  text: string | undefined,
  missing: number,
  min = 0,
  max = Number.MAX_SAFE_INTEGER,
): number {
  const number = Number(text);
  return text !== undefined && text !== "" && number >= min && number <= max ? number : missing;
}

/** Addresses in a list, several on a line allowed; those that are an option's value are left out. */
export function addresses(lines: readonly Statement[]): string[] {
  return lines.flatMap(({ words }) =>
    words
      .filter((_, at) => !/^(brd|broadcast|peer|src)$/.test(words[at - 1]?.text ?? ""))
      .map(({ text }) => text)
      .filter((text) => isIP(addressOf(text)) !== 0),
  );
}
