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

const ipv4 = often(
  word("192.168.1.60", "192.168.1.60/24", "192.168.1.61/32", "10.99.0.60/24"),
  word("192.168.1.060", "192.168.1.300", "192.168.1", "192.168.1.62/33", "192.168.1.62/abc", "x"),
);
const ipv6 = often(
  word("fd00:0:0:1::60/64", "FD00:0:0:1:0::60/64", "fe80::1", "::ffff:10.0.0.1"),
  word("fd00::1%eth0", "fd00:::1", "fd00::1/200", "fd00:0:0:1:0:0:0:0060"),
);
export const device = often(word("eth0", "eth1"), word("eth7", "eth0;", "lo"), 60);
const addressOption = fc.oneof(
  device.map((name) => ` dev ${name}`),
  word(" brd 192.168.1.255", " brd +", " label eth0:vip", " scope global", " no_track", " dev"),
  word(" 192.168.1.63", " nonsense", " label", " label averyveryverylonglabel", " home"),
);
export const vip = fc
  .tuple(
    fc.oneof({ arbitrary: ipv4, weight: 4 }, { arbitrary: ipv6, weight: 1 }),
    fc.array(addressOption, { maxLength: 1 }),
  )
  .map(([address, options]) => address + options.join(""));
export const peer = fc
  .tuple(
    often(
      word("192.168.1.103", "192.168.1.104", "10.99.0.2"),
      word("fd00:0:0:1::2", "192.168.1.103/24", "192.168.1.3-9", "beta"),
    ),
    word("", "", "", " min_ttl 1 max_ttl 64", " 192.168.1.105"),
  )
  .map((parts) => parts.join(""));

export const tracked = (names: fc.Arbitrary<string>) =>
  line(
    fc
      .tuple(
        names,
        often(
          word(""),
          fc.tuple(weight, reverse).map(([amount, way]) => ` weight ${amount}${way}`),
          2,
        ),
        word("", "", "", "", "", " weight", " extra", " #c"),
      )
      .map((parts) => parts.join("")),
  );
