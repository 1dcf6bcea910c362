import { expect, test } from "vitest";
import { parse } from "yaml";
import { withKey } from "../../../../cli/commands/doctor/accept";

const key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGYIZgeTN9/cuRBaiJsS3WnPVa9n6XgpvIa1kCfXCENM";
const at = ["m", "a", "hostKey"];

test.each([
  ["none", "m:\n  a: # first\n    # note\n    z: 1\n"],
  ["an empty one", "m:\n  a:\n    hostKey:\n    z: 1\n"],
  ["an empty one with a comment", "m:\n  a:\n    hostKey: # later\n    z: 1\n"],
  ["one in quotes", "m:\n  a:\n    \"hostKey\": 'old'\n    z: 1\n"],
  ["one on two lines", "m:\n  a:\n    hostKey: old\n      more\n    z: 1\n"],
  ["none in braces", "m: { a: { z: 1 } }\n"],
  ["an empty one in braces", "m: { a: { hostKey: , z: 1 } }\n"],
  ["lines of Windows", "m:\r\n  a:\r\n    z: 1\r\n"],
])("a key is written in the place of %s, and nothing else changes", (_, text) => {
  const edited = withKey(text, at, at, key);
  expect(parse(edited)).toEqual({ m: { a: { z: 1, hostKey: key } } });
  for (const comment of text.match(/# \w+/g) ?? []) expect(edited).toContain(comment);
});

test.each([
  ["an alias", "x: &k old\nm:\n  a:\n    z: 1\n    hostKey: *k\n"],
  ["an anchor that another host shares", "m:\n  a:\n    hostKey: &k old\n  b:\n    hostKey: *k\n"],
  ["a block of text", "m:\n  a:\n    hostKey: |\n      old\n    z: 1\n"],
  ["a key with a question mark", "m:\n  a:\n    ? z\n    : 1\n"],
  ["a first key with a tag", "m:\n  a:\n    !!str z: 1\n"],
])("refuses to edit %s, and shows the key for doing it by hand", (_, text) => {
  expect(() => withKey(text, at, at, key)).toThrow(`set its hostKey to ${key} by hand`);
});
