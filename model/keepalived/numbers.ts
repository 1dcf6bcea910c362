/** A number as keepalived reads it: it may take a value and complain about it all the same. */
export interface ReadNumber {
  value: number;
  /** Whether keepalived goes on with the value. */
  taken: boolean;
  /** Whether it complains. */
  clean: boolean;
}

/** Reads digits as C's `strtol` does: leading blanks and a sign, then as many digits as there are. */
function leading(text: string): { value: number; rest: string } {
  const [digits = "", sign = "", number = ""] = /^\s*([+-]?)(\d+)/.exec(text) ?? [];
  if (number === "") return { value: 0, rest: text };
  return { value: Number(`${sign}${number}`), rest: text.slice(digits.length) };
}

/**
 * A signed number. Letters behind the digits are ignored with a warning.
 *
 * @param text as in the file; empty counts as 0
 */
export function signedIn(text: string, min: number, max: number): ReadNumber {
  const { value, rest } = leading(text);
  const inside = value >= min && value <= max;
  return { value: value + 0, taken: inside, clean: inside && rest === "" };
}

/**
 * A number without a sign.
 *
 * @param lenient whether a wrong number in the range counts all the same. @default false
 */
export function unsignedIn(text: string, min: number, max: number, lenient = false): ReadNumber {
  const negative = /^\s*-/.test(text);
  const { value, rest } = leading(text);
  // C wraps a negative number to a huge one.
  const seen = value < 0 ? Number.MAX_SAFE_INTEGER : Math.abs(value);
  const inside = seen >= min && seen <= max;
  const clean = inside && rest === "" && !negative;
  return { value: seen, taken: clean || (lenient && inside), clean };
}

/** A decimal number of seconds with up to six places, in microseconds; `min` and `max` too. */
export function microsecondsIn(text: string, min: number, max: number): ReadNumber {
  if (text.startsWith("-")) return { value: 0, taken: false, clean: false };
  const [whole = "", ...fractions] = text.split(".");
  const fraction = fractions.join(".");
  const places = fraction.slice(0, 6);
  const { value, rest } = leading(whole + places + "0".repeat(6 - places.length));
  const roundUp = fraction.length > 6 && (fraction[6] ?? "") >= "5";
  const micro = (value < 0 ? Number.MAX_SAFE_INTEGER : value) + (roundUp ? 1 : 0);
  const inside = micro >= min && micro <= max;
  return { value: micro, taken: inside, clean: inside && rest === "" && fraction.length <= 6 };
}
