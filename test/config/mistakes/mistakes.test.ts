import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parseStackFile } from "../../../config/file/parse-file";
import { problemText } from "../../../config/file/problem";
import { type Mistake, mistakes } from "./list";

const good = readFileSync(join(__dirname, "../../../Pulumi.homelab.yaml"), "utf8");

/** What is said of a file that has one mistake, as a terminal shows it. */
function messagesOf({ from, to }: Mistake): string[] {
  const edited = good.replace(from as string, () => to);
  expect(edited).not.toBe(good);
  const { file, parsed } = parseStackFile(edited);
  return (parsed.stack ? [] : parsed.problems).map((problem) => {
    const line = problem.outside?.line ?? file.lineOf(problem.path);
    return `Pulumi.homelab.yaml:${line}: ${problemText(problem)}`;
  });
}

const found = mistakes.map((mistake) => ({ mistake, messages: messagesOf(mistake) }));

test("a hundred and more mistakes, each with one message of one line", () => {
  expect(mistakes.length).toBeGreaterThanOrEqual(100);
  expect(new Set(mistakes.map(({ what }) => what)).size).toBe(mistakes.length);
  const other = found.filter(({ messages }) => messages.length !== 1);
  expect(other.map(({ mistake, messages }) => [mistake.what, messages])).toEqual([]);
  expect(found.flatMap(({ messages }) => messages).filter((one) => one.includes("\n"))).toEqual([]);
});

/** The parts that every message has, and how each is recognized. */
const parts: Record<string, RegExp> = {
  // A file that cannot be read has no keys, and a misspelt one is named as it stands there.
  place: /^Pulumi\.homelab\.yaml:\d+: (homelab:\S.*?|YAML|\S+): /,
  allowed:
    /expected |did you mean |known are |missing, (but|and)|, (so|which|and) |outside |overlaps |lies in |must |never |twice|has no password/,
  fix: /(; [^;]+|\?)$/,
};

test.each(Object.entries(parts))("every message says: %s", (_part, form) => {
  const without = found.flatMap(({ messages }) => messages.filter((one) => !form.test(one)));
  expect(without).toEqual([]);
});

test("every message names what was found", () => {
  const words =
    /: (found |missing|unknown key "|nothing reads |there is no |a key without namespace|(ct|vm):\d+ is in the groups )/;
  const without = found.flatMap(({ mistake, messages }) =>
    messages.filter((one) => {
      const [, said = ""] = /^\S+ \S+: (.*)$/.exec(one) ?? [];
      const written = mistake.to.match(/\d+|[\w.-]{2,}/g) ?? [];
      return !words.test(one) && !written.some((word) => said.includes(word));
    }),
  );
  expect(without).toEqual([]);
});

/** The edit as a difference of the two texts around it. */
function editOf({ from, to }: Mistake): string[] {
  const old = typeof from === "string" ? from : (from.exec(good)?.[0] ?? "");
  const lines = (sign: string, text: string) => {
    const all = text.split("\n").filter((line) => line.trim() !== "");
    const cut = all.length > 6 ? [...all.slice(0, 3), "..."] : all;
    return cut.map((line) => `    ${sign} ${line}`);
  };
  return [...lines("-", old), ...lines("+", to)];
}

test("the list for people is what the program says", async () => {
  const text = found.map(({ mistake, messages }, index) =>
    [
      `${index + 1}. ${mistake.what}`,
      ...editOf(mistake),
      ...messages.map((one) => `    ${one}`),
      "",
    ].join("\n"),
  );
  const head =
    "What people get wrong in a stack file, and what the program says of it.\nEach is one edit of Pulumi.homelab.yaml; the list is made from test/config/mistakes/list.ts.\n";
  await expect(`${head}\n${text.join("\n")}`).toMatchFileSnapshot("../../__files__/mistakes.txt");
});
