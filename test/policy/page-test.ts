import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { evaluate } from "../../policy/evaluate";
import type { ObservedResource } from "../../policy/rule";
import { rules } from "../../policy/rules/all";

/** Soft line breaks aside, as a reader sees the text. */
const flat = (text: string) => text.replace(/\s+/g, " ");

/**
 * The test that a rule's page shows what the rule says about its example.
 *
 * @param name of the rule
 * @param example resources that the rule refuses with one message
 */
export function pageTest(name: string, example: ObservedResource[]): void {
  test(`the page of ${name} shows the message of its own example`, async () => {
    const rule = rules.find((one) => one.name === name);
    if (!rule) throw new Error(`found no rule "${name}" in policy/rules/all.ts`);
    const page = readFileSync(`docs/policies/${name}.md`, "utf8");
    const violations = await evaluate([rule], example);

    expect(violations).toHaveLength(1);
    expect(flat(page)).toContain(flat(violations[0]?.message ?? "nothing"));
    expect(page).toContain(`{ "${name}": "advisory" }`);
  });
}
