import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  foreign,
  foreignLines,
  foreignPath,
  foreignValue,
  jsonText,
  markdownBlock,
  markdownCode,
  markdownText,
  terminalText,
  withoutReferences,
} from "../../model/foreign-text";

const ESC = "\u001b";

test.each<[what: string, text: string, line: string]>([
  ["a plain name", "traefik-2 (ct:121)", "traefik-2 (ct:121)"],
  ["a name of the wider world", "Küche 台所 🏠", "Küche 台所 🏠"],
  ["colours", `${ESC}[31mred${ESC}[0m`, "red"],
  ["a cleared screen", `a${ESC}[2J${ESC}[Hb`, "ab"],
  ["a title of the window", `a${ESC}]0;title\u0007b`, "ab"],
  ["a link of the terminal", `${ESC}]8;;http://x${ESC}\\here${ESC}]8;;${ESC}\\`, "here"],
  ["a device string", `a${ESC}Pq#0~${ESC}\\b`, "ab"],
  ["eight-bit escapes", "a\u009b31mb\u009d0;t\u009cc", "abc"],
  ["half an escape", `a${ESC}`, "a"],
  ["line breaks of every kind", "a\nb\r\nc\u2028d\u0085e\vf", "a b c d e f"],
  ["a line that is written over", "guest is fine\rguest is bad", "guest is fine guest is bad"],
  ["reversed text", "a\u202egnp.exe", "agnp.exe"],
  ["nothing that is seen", "a\u200b\u2060\ufeff\u00adb\u{e0041}", "ab"],
  ["half a character", "a\ud800b", "ab"],
  ["a command of GitHub", "::add-mask::secret", ": :add-mask::secret"],
  ["the same behind spaces", "  ::stop-commands::x", ": :stop-commands::x"],
  ["an older command", "x ##[group]y", "x # #[group]y"],
  ["a section of GitLab", `section_start:1:x\r${ESC}[0Khello`, "section_start:1:x hello"],
])("%s becomes one harmless line", (_what, text, line) => {
  expect(foreign(text)).toBe(line);
});

/** Everything that a terminal or a runner obeys. */
const obeyed = /[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069\u200b-\u200f]|##\[|^\s*::/u;

/** Texts of what is dangerous, in any order. */
const nasty = fc
  .array(
    fc.oneof(
      fc.string({ unit: "binary" }),
      fc.constantFrom(ESC, "[31m", "]0;", "::", "##[", "\n", "\r", "\u202e", "`", "|", "@me", "#1"),
      fc.constantFrom(
        "![x](http://a/b)",
        "<img src=x>",
        "<!-- ",
        "](",
        "www.a.b",
        "GH-1",
        "&#64;a",
      ),
    ),
    { maxLength: 20 },
  )
  .map((parts) => parts.join(""));

test("whatever the text, a line has nothing to obey, and doing it twice changes nothing", () => {
  fc.assert(
    fc.property(nasty, (text) => {
      const line = foreign(text);
      expect(line).not.toMatch(obeyed);
      expect(foreign(line)).toBe(line);
      expect(line.length).toBeLessThanOrEqual(603);
    }),
    { numRuns: 500 },
  );
});

test("whatever the text, Markdown of it mentions, refers to, links and shows nothing", () => {
  fc.assert(
    fc.property(nasty, (text) => {
      const shown = markdownText(text);
      expect(shown).not.toMatch(/\n|(?<!\\)[`[\]*|]|[<>]/);
      // As a forge sees it once entities and escapes are gone.
      const rendered = shown
        .replace(/\\([^\w\s])/g, "$1")
        .replaceAll("&lt;", "<")
        .replaceAll("&gt;", ">")
        .replaceAll("&amp;", "&");
      expect(rendered).not.toMatch(/@\w|#\w|\bGH-\d|:\/\/|\bwww\.\S|!\d|~\w/i);
    }),
    { numRuns: 500 },
  );
});

test("Markdown keeps ordinary sentences readable", () => {
  expect(markdownText("the loss of proxmox3 takes dns_main from 3.6 s to down")).toBe(
    "the loss of proxmox3 takes dns_main from 3.6 s to down",
  );
  expect(withoutReferences("@me #1 0a1b2c3d4e")).toBe("@\u200bme #\u200b1 0a1b\u200b2c3d4e");
  expect(markdownCode("a`b|c\nd")).toBe("`a'b\\|c d`");
});

test("a path with anything unusual stands in quotes, where that can be seen", () => {
  expect(foreignPath("policy/rules/a_b-1.ts")).toBe("policy/rules/a_b-1.ts");
  expect(foreignPath("policy/pack.ts ")).toBe('"policy/pack.ts "');
  expect(foreignPath("a\n::error::b`<x>")).toBe('"a\\n::error::b`<x>"');
  expect(markdownCode(foreignPath("a`<b>|c"))).toBe('`"a\'<b>\\|c"`');
});

test("nothing in a block of code ends it", () => {
  const block = markdownBlock(["a", "````", "/close", `${ESC}[2Jb`]);
  expect(block).toEqual(["`````text", "a", "````", "/close", "b", "`````"]);
});

test("an output keeps its lines and our colours, and loses all else", () => {
  const text = `${ESC}[1mhead${ESC}[22m\n  ${ESC}[8mhidden\n::error::x\n ${ESC}[31m##[group]y`;
  expect(terminalText(text, true)).toBe(
    `${ESC}[1mhead${ESC}[22m\n  hidden\n: :error::x\n # #[group]y`,
  );
  expect(terminalText(text, false)).toBe("head\n  hidden\n: :error::x\n # #[group]y");
});

test("lines of others are marked, and the last ones are kept", () => {
  expect(foreignLines("a\r\n\nb\nc", 2)).toEqual(["| (1 lines before)", "| b", "| c"]);
});

test("a value is cleaned in every depth, and JSON stays the same data", () => {
  const value = { "a\n": [`${ESC}[2Jx`, 3, null, { b: "c\u202ed" }] };
  expect(foreignValue(value)).toEqual({ a: ["x", 3, null, { b: "cd" }] });
  expect(JSON.parse(jsonText(value))).toEqual(value);
  expect(jsonText(value).replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Cf}]/u);
});

test("JSON of whatever others said is the same data after it was made fit for a terminal", () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: "binary" })), (texts) => {
      const value = ["\u009b", ...texts, "\u009d", "##[x]", "\u001b[", "::add-mask::"];
      for (const indent of [0, 2]) {
        expect(JSON.parse(terminalText(jsonText(value, indent), true))).toEqual(value);
      }
    }),
  );
});

test("no command prints JSON in which what others said is as they said it", () => {
  const folder = join(__dirname, "../../cli/commands");
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" });
  const sources = files.filter((name) => name.endsWith(".ts"));
  expect(sources.length).toBeGreaterThan(100);
  const bare = sources.filter((name) =>
    /(print|text = |return) ?\(?[^;]{0,80}`\$\{JSON\.stringify/.test(
      readFileSync(join(folder, name), "utf8"),
    ),
  );
  expect(bare).toEqual([]);
});

test("a text of 100 MB is cut before it is worked on", () => {
  expect(foreign("x".repeat(100 * 1024 * 1024))).toHaveLength(603);
});
