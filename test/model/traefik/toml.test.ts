import { expect, test } from "vitest";
import { NotToml, readToml } from "../../../model/traefik/toml";

const plain = (text: string) => JSON.parse(JSON.stringify(readToml(text)));

test.each([
  ["an empty text", "", {}],
  [
    "a table",
    '[entryPoints]\n  [entryPoints.web]\n    address = ":80" # all\n',
    { entryPoints: { web: { address: ":80" } } },
  ],
  ["dotted and quoted keys", 'a.b."c d" = 1\n', { a: { b: { "c d": 1 } } }],
  ["a literal text", "path = 'C:\\x'\n", { path: "C:\\x" }],
  ["an escape", 'path = "a\\"b"\n', { path: 'a"b' }],
  [
    "switches and numbers",
    "a = true\nb = false\nc = 1_000\nd = -1.5\n",
    { a: true, b: false, c: 1000, d: -1.5 },
  ],
  ["a list over lines", 'a = [\n  "x", # one\n  "y",\n]\n', { a: ["x", "y"] }],
  ["an inline table", 'a = { b = 1, c = { d = "e" } }\n', { a: { b: 1, c: { d: "e" } } }],
  [
    "a list of tables",
    "[[a]]\nb = 1\n[[a]]\nb = 2\n[a.c]\nd = 3\n",
    { a: [{ b: 1 }, { b: 2, c: { d: 3 } }] },
  ],
  ["line breaks of Windows", "[a]\r\nb = 1\r\n", { a: { b: 1 } }],
  ["an empty table", "[ping]\n", { ping: {} }],
  [
    "a key that would be a prototype",
    "[__proto__]\na = 1\n",
    JSON.parse('{"__proto__": {"a": 1}}'),
  ],
])("reads %s", (_, text, expected) => {
  expect(plain(text)).toEqual(expected);
});

test.each([
  "a = ",
  "a = 1 b = 2\n",
  "[a\nb = 1\n",
  "a = 1\na = 2\n",
  'a = """x"""\n',
  "a = 2026-01-01\n",
  "a: 1\n",
])("does not read %j", (text) => {
  expect(() => readToml(text)).toThrow(NotToml);
});
