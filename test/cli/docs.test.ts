import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { parseStackFile } from "../../config/file/parse-file";
import { problemText } from "../../config/file/problem";
import type { SectionReader } from "../../config/file/section-files";
import { sources } from "../structure/sources";
import { homelab, root } from "../support/clusters/homelab";

const read = (file: string) => readFileSync(join(root, file), "utf8");
const pages = [
  "README.md",
  "CHANGELOG.md",
  "CONTRIBUTING.md",
  "SECURITY.md",
  "policy/README.md",
  ...["docs", "docs/policies"].flatMap((folder) =>
    readdirSync(join(root, folder))
      .filter((name) => name.endsWith(".md"))
      .map((name) => `${folder}/${name}`),
  ),
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

/** What a `#` of a link may name in a page, as GitHub makes it of headings. */
function anchors(page: string): Set<string> {
  const text = read(page).replace(/^ *```.*?^ *```/gms, "");
  const found = new Set([...text.matchAll(/<a id="([^"]+)"/g)].map(([, id = ""]) => id));
  const times = new Map<string, number>();
  for (const [, heading = ""] of text.matchAll(/^#{1,6} +(.+)$/gm)) {
    const words = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, "$1").toLowerCase();
    const id = words.replace(/[^\p{L}\p{N}_ -]/gu, "").replaceAll(" ", "-");
    const before = times.get(id) ?? 0;
    times.set(id, before + 1);
    found.add(before === 0 ? id : `${id}-${before}`);
  }
  return found;
}

/** Why a link of a page leads nowhere; undefined if it does not. */
function dead(page: string, link: string): string | undefined {
  const [path = "", id] = link.split("#");
  const target = path === "" ? page : join(dirname(page), path);
  if (!existsSync(join(root, target))) return `${page}: no file ${link}`;
  if (id === undefined || !target.endsWith(".md")) return undefined;
  return anchors(target).has(id) ? undefined : `${page}: no heading ${link}`;
}

test("every link between the pages leads to a file, and to a heading in it", () => {
  const broken = pages.flatMap((page) =>
    [...read(page).matchAll(/\]\((?!https?:)([^)\s]+)\)/g)].flatMap(
      ([, link = ""]) => dead(page, link) ?? [],
    ),
  );
  expect(broken).toEqual([]);
});

test("a link to a heading that is not there is found", () => {
  expect(dead("README.md", "docs/first-up.md#afterwards")).toBeUndefined();
  expect(dead("README.md", "docs/first-up.md#before")).toBe(
    "README.md: no heading docs/first-up.md#before",
  );
  expect(dead("docs/ci.md", "#nowhere")).toBe("docs/ci.md: no heading #nowhere");
  expect(dead("docs/ci.md", "nowhere.md")).toBe("docs/ci.md: no file nowhere.md");
});

test("every page that the code names is there, with its heading", () => {
  const named = sources.flatMap((file) =>
    [...read(file).matchAll(/docs\/[a-z0-9/-]+\.md(?:#[a-z0-9-]+)?/g)].map(([link]) => link),
  );
  expect(named.length).toBeGreaterThan(10);
  expect([...new Set(named)].flatMap((link) => dead("README.md", link) ?? [])).toEqual([]);
});

test("each release of CHANGELOG.md has every heading once, and no entry twice", () => {
  for (const release of read("CHANGELOG.md").split(/^## /m).slice(1)) {
    const parts = release.split(/^### /m).slice(1);
    const headings = parts.map((part) => part.split("\n")[0]);
    const entries = parts.flatMap((part) =>
      part
        .trim()
        .split(/^(?=- )/m)
        .slice(1),
    );
    const twice = (all: (string | undefined)[]) => all.filter((one, at) => all.indexOf(one) !== at);
    expect(twice(headings)).toEqual([]);
    expect(twice(entries.map((entry) => entry.trim()))).toEqual([]);
    expect(entries.length).toBeGreaterThan(0);
  }
});

test("README.md stays within two hundred lines", () => {
  expect(read("README.md").split("\n").length).toBeLessThanOrEqual(200);
});
