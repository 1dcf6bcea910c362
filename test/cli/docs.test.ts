import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { parseStackFile } from "../../config/file/parse-file";
import { problemText } from "../../config/file/problem";
import type { SectionReader } from "../../config/file/section-files";
import { homelab, root } from "../support/clusters/homelab";

const read = (file: string) => readFileSync(join(root, file), "utf8");
const pages = [
  "README.md",
  "CHANGELOG.md",
  "CONTRIBUTING.md",
  "SECURITY.md",
  ...readdirSync(join(root, "docs"))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
];

/** Blocks of one language in a page. */
function blocks(page: string, language: string): string[] {
  return [...read(page).matchAll(new RegExp(`^ *\`\`\`${language}\\n(.*?)^ *\`\`\``, "gms"))].map(
    ([, text = ""]) => text,
  );
}

test("what make prints is every target", () => {
  const { stdout } = spawnSync("make", [], { cwd: root, encoding: "utf8" });
  const printed = [...stdout.matchAll(/make ([a-z]+)/g)].map(([, target]) => target);
  const phony = /^\.PHONY: (.*)$/m.exec(read("Makefile"))?.[1]?.split(" ");
  expect(printed.sort()).toEqual(phony?.sort());
});

test("make preview runs, for the second stack too", () => {
  // -o: the packages are there, and installing them would pull them from under the tests.
  const args = [
    "-o",
    "node_modules/.package-lock.json",
    "preview",
    "STACK=matrix",
    "ARGS=--no-engine",
  ];
  const { status, stdout } = spawnSync("make", args, { cwd: root, encoding: "utf8" });
  expect(status).toBe(0);
  expect(stdout).toContain("no policy is violated");
});

test("the sample output in README.md is what the commands print", async () => {
  const [sample = "", refusal = ""] = blocks("README.md", "text");
  const { stdout } = await homelab("preview", "--no-engine");
  const printed = new Set(stdout.split("\n"));
  expect(sample.split("\n").filter((line) => !printed.has(line))).toEqual([]);
  const weak = read("Pulumi.homelab.yaml").replace("weight: -120", "weight: -20");
  const { file, parsed } = parseStackFile(weak);
  const [problem] = parsed.stack ? [] : parsed.problems;
  const line = problem ? file.lineOf(problem.path) : 0;
  // A page breaks the one line, so that it can be read without scrolling.
  expect(refusal.replace(/\s+/g, " ").trim()).toBe(
    `Pulumi.homelab.yaml:${line}: ${problem && problemText(problem)}`,
  );
});

/** Where the page shows one stack in a file, and another one that is divided. */
const examples = () => {
  const all = blocks("docs/configuration.md", "yaml");
  const beside = all.find((block) => block.includes("sections.schema.json")) ?? "";
  const parsed = all.filter((block) => block !== beside).map((block) => parse(block));
  const { "homelab:files": files, ...config } = Object.assign({}, ...parsed);
  return { files, config, beside };
};

const complaints = (config: unknown, read: SectionReader) => {
  const { parsed } = parseStackFile(JSON.stringify({ config }), { read });
  return (parsed.stack ? parsed.warnings : parsed.problems).map(problemText);
};

test("the examples of docs/configuration.md together are a sound stack file", () => {
  expect(complaints(examples().config, () => ({ refused: "no file" }))).toEqual([]);
});

test("the file beside the stack file in docs/configuration.md is sound", () => {
  const { files, config, beside } = examples();
  const divided = { "homelab:cluster": config["homelab:cluster"], "homelab:files": files };
  const read: SectionReader = (path) =>
    path === "guests.homelab.yaml" ? { text: beside } : { refused: path };
  expect(complaints(divided, read)).toEqual([]);
});

test("every link between the pages leads somewhere", () => {
  const broken = pages.flatMap((page) =>
    [...read(page).matchAll(/\]\((?!https?:)([^)#]+)/g)]
      .map(([, target = ""]) => join(dirname(page), target))
      .filter((target) => !existsSync(join(root, target)))
      .map((target) => `${page}: ${target}`),
  );
  expect(broken).toEqual([]);
});

test("README.md stays within two hundred lines", () => {
  expect(read("README.md").split("\n").length).toBeLessThanOrEqual(200);
});
