import { stripVTControlCharacters } from "node:util";

/** Characters that a terminal draws over the one before, or not at all. */
const none = /^[\p{Mn}\p{Me}\p{Cf}\u{1160}-\u{11FF}]$/u;

/**
 * Characters that take two columns of a terminal: the wide and fullwidth ones of Unicode's
 * East Asian Width (UAX 11), and emoji.
 */
const wide =
  /^[\p{Emoji_Presentation}\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Bopomofo}\p{Script=Yi}\u{3000}-\u{303E}\u{FF01}-\u{FF60}\u{FFE0}-\u{FFE6}]$/u;

/** Columns that a text takes in a terminal; colours take none. */
export function displayWidth(text: string): number {
  const bare = stripVTControlCharacters(text);
  // Most texts by far are plain, and tables of a large stack ask ten thousands of times.
  if (/^[\x20-\x7e]*$/.test(bare)) return bare.length;
  let width = 0;
  for (const character of bare) width += none.test(character) ? 0 : wide.test(character) ? 2 : 1;
  return width;
}

/** Characters per line where nobody looks at a terminal: what mails, logs and comments show whole. */
const PIPE = 80;

/** Narrowest layout: below that, single words stick out. */
export const NARROWEST = 40;

/** Beyond this a line is hard to follow. */
const WIDEST = 140;

/**
 * Characters per line of a report.
 *
 * @param stream where it goes; a terminal says how wide it is
 * @param wanted what `--width` asks for, which is taken as it is
 */
export function lineWidth({ columns = PIPE }: { columns?: number }, wanted?: number): number {
  return wanted ?? Math.min(Math.max(columns, NARROWEST), WIDEST);
}
