import { expect, test } from "vitest";
import { isComputedLua, lsyncdFile } from "../../../model/lsyncd/conf";

const sync = (inside: string) =>
  `settings { insist = true }\nsync { default.rsync, source = "/etc/traefik", ${inside} }\n`;

test.each([
  ["two dashes in a text", sync('rsync = { rsh = "ssh -- -p 22" }, delete = false'), "never"],
  ["a quote in a text, and dashes", sync(`x = "a\\"b -- c", delete = false`), "never"],
  ["a comment", sync('-- delete = false\n target = "h:/"'), "always"],
  ["a long comment with a level", sync('--[==[ delete = false\n ]] ]==] target = "h:/"'), "always"],
  ["a brace in a text", sync('x = "}", delete = false'), "never"],
  ["a brace in a long text", sync('x = [[ } ]], delete = "startup"'), "startup"],
  ["a comment mark in a long text", sync("x = [=[ --[[ ]=], delete = false"), "never"],
] as const)("an lsyncd file with %s", (_what, text, deletes) => {
  const file = lsyncdFile(text);
  expect(file?.syncs.map((one) => one.delete)).toEqual([deletes]);
  expect(file?.insist).toBe(true);
});

test("words of a text neither make a table nor compute one", () => {
  const text = sync('x = "sync { default.rsync } for while", delete = false');
  expect(lsyncdFile(text)?.syncs).toHaveLength(1);
  expect(isComputedLua(text)).toBe(false);
  expect(isComputedLua(`for i = 1, 2 do ${text} end`)).toBe(true);
});

test("settings that are stated twice add up", () => {
  expect(lsyncdFile(`settings { nodaemon = true }\n${sync("delete = false")}`)?.insist).toBe(true);
});
