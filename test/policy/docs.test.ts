import { readdirSync, readFileSync } from "node:fs";
import Ajv from "ajv";
import { expect, test } from "vitest";
import { pageUrl, REPOSITORY } from "../../model/pages";
import packageJson from "../../package.json";
import { policyConfigSchema } from "../../policy/generated/config-schema";
import { withRuleTable } from "../../policy/generated/overview";
import { rules } from "../../policy/rules/all";

const pages = "docs/policies";

test("every rule has a page and every page a rule", () => {
  const names = readdirSync(pages).filter((file) => file !== "README.md");

  expect(names.sort()).toEqual(rules.map((rule) => `${rule.name}.md`).sort());
  expect(rules.map((rule) => rule.docs)).toEqual(
    rules.map((rule) => pageUrl(`policies/${rule.name}.md`)),
  );
});

test("addresses of pages are those of the repository that package.json names", () => {
  expect(packageJson.repository.url).toBe(`git+${REPOSITORY}.git`);
  expect(packageJson.homepage).toBe(`${REPOSITORY}#readme`);
  expect(packageJson.bugs).toBe(`${REPOSITORY}/issues`);
});

test("every rule has exactly one example, in its own test", () => {
  const folder = "test/policy/rules";
  const shown = readdirSync(folder, { recursive: true, encoding: "utf8" }).flatMap((file) => {
    if (!file.endsWith(".ts")) return [];
    const text = readFileSync(`${folder}/${file}`, "utf8");
    return [...text.matchAll(/^pageTest\(\s*"([^"]+)"/gm)].map(([, name]) => name);
  });

  expect(shown.sort()).toEqual(rules.map(({ name }) => name).sort());
});

test("the overview has the generated table of rules", () => {
  const overview = readFileSync(`${pages}/README.md`, "utf8");
  expect(overview).toBe(withRuleTable(overview));
  expect(overview).toContain("| [vrrp-weight](vrrp-weight.md) | ");
  expect(withRuleTable(overview.replace(/^\| \[vrrp-weight\].*\n/m, ""))).toBe(overview);
});

test("the schema of the pack's configuration has every rule, and what a stack may state", () => {
  const file = readFileSync("policy/generated/policy-config.schema.json", "utf8");
  expect(JSON.parse(file)).toEqual(policyConfigSchema());
  const valid = new Ajv().compile(policyConfigSchema());
  const storages = { tank: "zfs" };
  for (const [config, fits] of [
    [{ "vrrp-weight": "advisory", all: "mandatory" }, true],
    [{ "ha-local-disk": { enforcementLevel: "mandatory", storages } }, true],
    [{ "ha-local-disk": { storages: { tank: "fast" } } }, false],
    [{ "vrrp-wait": "advisory" }, false],
    [{ "vrrp-weight": "sometimes" }, false],
  ] as const) {
    expect(valid(config), JSON.stringify(config)).toBe(fits);
  }
});

test("a description is one sentence", () => {
  for (const { description } of rules) expect(description).toMatch(/^[A-Z][^.]*\.$/);
});
