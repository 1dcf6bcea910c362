import fc from "fast-check";

/** A line with the lines of its block. */
export interface Block {
  head: string;
  body?: Block[];
}

export const word = (...words: string[]) => fc.constantFrom(...words);
export const often = <Value>(good: fc.Arbitrary<Value>, odd: fc.Arbitrary<Value>, weight = 9) =>
  fc.oneof({ arbitrary: good, weight }, { arbitrary: odd, weight: 1 });
export const line = (head: fc.Arbitrary<string>): fc.Arbitrary<Block> =>
  head.map((text) => ({ head: text }));
export const setting = (keyword: string, value: fc.Arbitrary<string>): fc.Arbitrary<Block> =>
  line(value.map((text) => `${keyword} ${text}`.trimEnd()));
export const block = (
  head: fc.Arbitrary<string>,
  item: fc.Arbitrary<Block>,
  sizes: { minLength?: number; maxLength?: number } = { maxLength: 3 },
): fc.Arbitrary<Block> =>
  fc.tuple(head, fc.array(item, sizes)).map(([text, body]) => ({ head: text, body }));

export const instanceNames = word("VI_1", "VI_1", "VI_2", "DNS", '"web front"', "group");
export const scriptNames = word("chk", "chk2", "other", "group");
export const fileNames = word("aside", "ready");
export const processNames = word("web", "db");

export const whole = (min: number, max: number) => fc.integer({ min, max }).map(String);
export const oddNumber = word(
  "0",
  "-1",
  "256",
  "300",
  "abc",
  "12abc",
  "1.5",
  "",
  '"7"',
  "+5",
  "007",
  "99999999999",
);
export const weight = often(
  fc.integer({ min: -253, max: 253 }).map(String),
  word("-254", "254", "-255", "999", "abc", "-10x", "0", "+20"),
);
export const reverse = word("", "", "", "", " reverse", " noreverse", " upside");
export const seconds = often(
  word("1", "2", "5"),
  word("0", "0.5", "1.5", "-1", "abc", "2s", ".5", "1.0000005", "300", "0.001"),
);
