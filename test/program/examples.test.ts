import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { planPasses } from "../../cli/report/types";
import { previewReport } from "../../cli/run/preview";

const folder = join(__dirname, "../../examples");
const files = readdirSync(folder).filter((name) => name.startsWith("Pulumi."));

test.each(files)("%s is previewed without a mistake, and no rule refuses it", async (name) => {
  const report = await previewReport({
    file: join(folder, name),
    engine: false,
    stop: {
      signal: new AbortController().signal,
      asked: () => false,
      patiently: (work) => work(() => {}),
    },
    progress: () => {},
  });
  expect(report.problems.filter(({ severity }) => severity === "error")).toEqual([]);
  const { plan } = report;
  if (!plan) throw new Error("nothing was planned");
  expect(plan.diagnostics).toEqual([]);
  expect(planPasses(plan, "preview")).toBe(true);
  expect(plan.resources.length).toBeGreaterThan(0);
  expect(report.ok).toBe(true);
});

test("every example is explained on its page", () => {
  const page = readFileSync(join(__dirname, "../../docs/examples.md"), "utf8");
  expect(files.filter((name) => !page.includes(name))).toEqual([]);
});
