import { rules } from "../rules/all";

/**
 * The overview page with its table of all rules made anew; everything else in it is written by hand.
 *
 * @param page text of docs/policies/README.md
 */
export function withRuleTable(page: string): string {
  const lines = rules.map(
    ({ name, description }) => `| [${name}](${name}.md) | ${description} |\n`,
  );
  const table = /(^\| rule \| what must hold \|\n\| --- \| --- \|\n)(?:\|.*\n)*/m;
  if (!table.test(page)) throw new Error("found no table of rules in docs/policies/README.md");
  return page.replace(table, (_, head: string) => head + lines.join(""));
}
