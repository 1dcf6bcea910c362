import { expect, test } from "vitest";
import { block, file, literal, quoted, word } from "../../templates/text";

test("parts are set apart by empty lines, and what is undefined vanishes", () => {
  expect(file("a", undefined, ["b", undefined, ["c"]], [])).toBe("a\n\nb\nc\n");
});

test("a block indents its body, also a block inside", () => {
  expect(file(block("outer", ["a", undefined, block("inner", ["b"])]))).toBe(
    "outer {\n  a\n  inner {\n    b\n  }\n}\n",
  );
  expect(file(block("backend x", ["mode tcp"], "indent"))).toBe("backend x\n  mode tcp\n");
});

test("rejects a line that would be two, or none", () => {
  expect(() => file("a\nb")).toThrowErrorMatchingInlineSnapshot(
    `[Error: found the line "a\\nb", expected one line of text]`,
  );
  expect(() => block("x", [""])).toThrowErrorMatchingInlineSnapshot(
    `[Error: found the line "", expected one line of text]`,
  );
});

const hostile = {
  "a line break": "eth0\n priority 255",
  "a carriage return": "eth0\rpriority 255",
  "a null": "eth0\0",
  "a double quote": 'eth0"',
  "a single quote": "eth0'",
  "an opening brace": "eth0{",
  "a closing brace": "eth0}",
  "a comment sign": "eth0#",
  "keepalived's other comment sign": "eth0!",
  "a variable": "$HOME",
  "a backquote": "`id`",
  "a backslash": "eth0\\",
};

test.each(Object.entries(hostile))("rejects %s in a word and in a quoted text", (_, value) => {
  expect(() => word(value, "interface")).toThrow("interface: found ");
  expect(() => quoted(value, "interface")).toThrow("interface: found ");
});

test("rejects a word of nothing, with a blank, or of no finite number", () => {
  expect(() => word("", "interface")).toThrowErrorMatchingInlineSnapshot(
    `[Error: interface: found "", expected one word of letters, digits and _ . / : @ % + , = * -]`,
  );
  expect(() => word("a b", "interface")).toThrow('found "a b"');
  expect(() => word(Number.NaN, "priority")).toThrow('priority: found "NaN"');
});

test("a quoted text may have blanks", () => {
  expect(quoted("a b", "x")).toBe('"a b"');
});

test("a literal keeps every printable character and closes around a single quote", () => {
  expect(literal(`it's $HOME "x" \\ {#}`, "password")).toBe(`'it'\\''s $HOME "x" \\ {#}'`);
});

test("rejects a control character in a literal without showing the value", () => {
  expect(() => literal("hunter2\nhttp", "password")).toThrowErrorMatchingInlineSnapshot(
    `[Error: password: expected text without control characters]`,
  );
});
