import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { planPasses } from "../../cli/report/types";
import { previewReport } from "../../cli/run/preview";

const folder = join(__dirname, "../../examples");
const files = readdirSync(folder).filter((name) => name.startsWith("Pulumi."));

const reportOn = (name: string) =>
  previewReport({
    file: join(folder, name),
    engine: false,
    stop: {
      signal: new AbortController().signal,
      asked: () => false,
      patiently: (work) => work(() => {}),
    },
    progress: () => {},
  });

test.each(files)("%s is previewed without a mistake, and no rule refuses it", async (name) => {
  const report = await reportOn(name);
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

const notesOf = async (name: string) => {
  const report = await reportOn(name);
  return report.notes.filter((note) => note.includes("was not judged"));
};

test("a report says of masters that are to carry pods whether that was judged", async () => {
  expect(await notesOf("Pulumi.two-clusters.yaml")).toEqual([
    expect.stringMatching(/^whether pods of kubernetes\.lab run on talos-1, talos-2 and talos-3 /),
  ]);
  expect(await notesOf("Pulumi.k3s-kube-vip-nginx.yaml")).toEqual([]);
});
