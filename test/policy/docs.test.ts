import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { evaluate } from "../../policy/evaluate";
import { rules } from "../../policy/rules/all";
import { examples } from "./examples";

const pages = "docs/policies";
const overview = readFileSync(`${pages}/README.md`, "utf8");

/** Soft line breaks aside, as a reader sees the text. */
const flat = (text: string) => text.replace(/\s+/g, " ");

test("every rule has a page and every page a rule", () => {
  const names = readdirSync(pages).filter((file) => file !== "README.md");

  expect(names.sort()).toEqual(rules.map((rule) => `${rule.name}.md`).sort());
  expect(rules.map((rule) => rule.docs)).toEqual(rules.map((rule) => `${pages}/${rule.name}.md`));
});

test.each(rules.map((rule) => ({ rule })))(
  "the page of $rule.name shows the message of its own example",
  async ({ rule }) => {
    const page = readFileSync(rule.docs, "utf8");
    const violations = await evaluate([rule], examples[rule.name] ?? []);

    expect(violations).toHaveLength(1);
    expect(flat(page)).toContain(flat(violations[0]?.message ?? "nothing"));
    expect(page).toContain(`{ "${rule.name}": "advisory" }`);
  },
);

test("the overview has each rule with its description", () => {
  for (const { name, description } of rules) {
    expect(overview).toContain(`| [${name}](${name}.md) | ${description} |`);
  }
});

test("a description is one sentence", () => {
  for (const { description } of rules) expect(description).toMatch(/^[A-Z][^.]*\.$/);
});
