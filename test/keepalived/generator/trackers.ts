import fc from "fast-check";
import {
  type Block,
  block,
  fileNames,
  line,
  oddNumber,
  often,
  processNames,
  reverse,
  scriptNames,
  seconds,
  setting,
  weight,
  whole,
  word,
} from "./atoms";

export const script: fc.Arbitrary<Block> = block(
  scriptNames.map((name) => `vrrp_script ${name}`),
  fc.oneof(
    setting(
      "script",
      word(
        '"/usr/local/bin/check one"',
        "/usr/local/bin/check two",
        "/bin/true",
        "/usr/bin/true",
        '"/bin/sh -c true"',
        "'/usr/local/bin/check' x",
        "/usr/local/bin/none",
      ),
    ),
    setting("script", word('"/usr/local/bin/check"', '"/usr/local/bin/check \\"a b\\""')),
    setting("interval", seconds),
    setting("timeout", seconds),
    setting(
      "weight",
      fc.tuple(weight, reverse).map((parts) => parts.join("")),
    ),
    setting("fall", often(whole(1, 9), oddNumber)),
    setting("rise", often(whole(1, 9), oddNumber)),
    setting("user", often(word("root", "nobody"), word("nosuchuser"), 4)),
    line(word("init_fail", "# c", "weight -20 # why", "frob")),
  ),
  { minLength: 1, maxLength: 6 },
).map((found) => ({
  ...found,
  body: [{ head: 'script "/usr/local/bin/check"' }, ...(found.body ?? [])],
}));

export const process: fc.Arbitrary<Block> = block(
  processNames.map((name) => `vrrp_track_process ${name}`),
  fc.oneof(
    setting("process", word("nginx", "haproxy -f x")),
    setting(
      "weight",
      fc.tuple(weight, reverse).map((parts) => parts.join("")),
    ),
    line(word("full_command", "quorum 2", "delay 1")),
  ),
);

export const file: fc.Arbitrary<Block> = block(
  fc.tuple(word("track_file", "vrrp_track_file"), fileNames).map((parts) => parts.join(" ")),
  fc.oneof(
    setting("file", word("/run/aside", '"/run/ready"')),
    setting(
      "weight",
      fc.tuple(weight, reverse).map((parts) => parts.join("")),
    ),
    line(word("init_file 0", "weight")),
  ),
);
