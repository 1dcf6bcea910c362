import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { parse } from "yaml";
import { checkPlan } from "../../../cli/commands/check-plan/run";
import { gate } from "../../../cli/commands/gate/run";
import { gateLines, gateMarkdown } from "../../../cli/commands/gate/text";
import { loweredSettings } from "../../../model/gate/watched-settings";
import { rules } from "../../../policy/rules/all";
import { root } from "../../support/clusters/homelab";

let folder: string;
let repository: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "gate-"));
  repository = join(folder, "house");
  mkdirSync(repository);
  git("init", "--quiet", "--initial-branch=main");
  commit("main", { CODEOWNERS: "* @ann\n", "policy/rules.ts": "all\n", "a.md": "a\n" });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const running: Server[] = [];
afterEach(() => {
  for (const server of running.splice(0)) server.close();
});

function git(...args: string[]): string {
  const identity = ["-c", "user.name=test", "-c", "user.email=test@example.org"];
  return execFileSync("git", ["-C", repository, ...identity, ...args], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
}

/** Commits files on a branch that begins at main; a file without text is deleted. */
function commit(branch: string, files: Record<string, string | undefined>): string {
  return commitOn(branch, branch === "main" ? undefined : "main", files);
}

/** The same on a commit that is there; undefined is where the repository stands. */
function commitOn(
  branch: string,
  from: string | undefined,
  files: Record<string, string | undefined>,
): string {
  if (from !== undefined) git("checkout", "--quiet", "-B", branch, from);
  for (const [name, text] of Object.entries(files)) {
    const path = join(repository, name);
    mkdirSync(dirname(path), { recursive: true });
    if (text === undefined) rmSync(path);
    else writeFileSync(path, text);
  }
  git("add", "--all");
  git("commit", "--quiet", "--message", branch);
  return git("rev-parse", "HEAD").trim();
}

/** A forge where `ann` approved the commit, or nobody did. */
async function forge(approved?: string) {
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? "", "http://forge").pathname;
    const head = { user: { login: "eve" }, head: { sha: approved ?? "none" } };
    const reviews = [{ id: 1, user: { login: "ann" }, state: "APPROVED", commit_id: approved }];
    const list = approved === undefined ? [] : reviews;
    response.end(JSON.stringify(path.endsWith("/reviews") ? list : head));
  }).listen(0, "127.0.0.1");
  running.push(server);
  await new Promise((resolve) => server.once("listening", resolve));
  return {
    GITHUB_REPOSITORY: "me/home",
    GITHUB_API_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    GITHUB_TOKEN: "t",
    PULL_REQUEST: "7",
  };
}

const judged = (head: string, env: NodeJS.ProcessEnv) =>
  gate({ change: repository, base: "main", head }, env);

test("a change that leaves its judges alone passes without asking the forge", async () => {
  const head = commit("plain", { "a.md": "b\n", "docs/b.md": "b\n" });
  expect(await judged(head, {})).toEqual({ ok: true, files: [], missing: [], approvedBy: [] });
});

test("an emptied rule list is refused, and passes once a code owner approved the commit", async () => {
  const head = commit("emptied", { "policy/rules.ts": "none\n" });
  const refused = await judged(head, await forge());
  expect(gateLines(refused)).toEqual([
    "this change edits 1 file with a part in judging it:",
    "  policy/rules.ts: the policy pack",
    "refused: policy/rules.ts: needs the approval of ann for the newest commit",
  ]);
  expect(gateMarkdown(refused)).toContain("### ❌ This change edits what judges it");
  const approved = await judged(head, await forge(head));
  expect(approved.ok).toBe(true);
  expect(gateMarkdown(approved)).toContain("A code owner approved the newest commit.");
});

test.each([
  { what: "a deleted rule", files: { "policy/rules.ts": undefined } },
  { what: "a rule moved away", files: { "policy/rules.ts": undefined, "x/rules.ts": "all\n" } },
  { what: "the workflow", files: { ".github/workflows/gate.yml": "on: push\n" } },
  { what: "who must approve", files: { CODEOWNERS: "* @eve\n" } },
  { what: "an install script", files: { "package.json": '{"scripts":{"preinstall":"id"}}\n' } },
  { what: "a name with a line break", files: { "policy/a\n::add-mask::.ts": "x\n" } },
])("rejects $what without an approval, owners read from the target branch", async ({ files }) => {
  const head = commit("hostile", files);
  const result = await judged(head, await forge());
  expect(result.ok).toBe(false);
  // One line per file, whatever its name: a job's log takes lines as commands.
  expect(gateLines(result).every((line) => !line.includes("\n"))).toBe(true);
});

test("what came to the target branch meanwhile is not the change's doing", async () => {
  const head = commit("late", { "a.md": "late\n" });
  git("checkout", "--quiet", "main");
  commit("main", { "policy/more.ts": "more\n" });
  expect((await judged(head, {})).files).toEqual([]);
});

test("a history that crosses the target branch does not hide what it takes back", async () => {
  const fork = git("rev-parse", "main").trim();
  // Git prefers the newest of several, and whoever commits states the time.
  vi.stubEnv("GIT_COMMITTER_DATE", "2040-01-01T00:00:00Z");
  const first = commitOn("crossing", fork, { "notes.md": "n\n" });
  vi.unstubAllEnvs();
  git("checkout", "--quiet", "main");
  const hardened = commit("main", { "policy/hard.ts": "refuse\n" });
  git("merge", "--quiet", "--no-ff", "--no-edit", first);
  // The change merges the rule and drops it again: seen from its own first commit, nothing happened.
  git("checkout", "--quiet", "crossing");
  git("merge", "--quiet", "--no-edit", "--strategy=ours", hardened);
  const head = git("rev-parse", "HEAD").trim();

  expect(git("diff", "--name-only", `main...${head}`)).toBe("");
  const { ok, files } = await judged(head, await forge());
  expect(files.map(({ path }) => path)).toEqual(["policy/hard.ts"]);
  expect(ok).toBe(false);
  // What a merge would do with it.
  git("checkout", "--quiet", "-B", "after", "main");
  git("merge", "--quiet", "--no-edit", head);
  expect(git("ls-files", "policy/hard.ts")).toBe("");
  git("checkout", "--quiet", "main");
});

test("rejects a commit that is not there or is an option", async () => {
  const missing = gate({ change: repository, base: "main", head: "0".repeat(40) }, {});
  await expect(missing).rejects.toThrow(/^git merge-base in .*; make both commits available/);
  const option = gate({ change: repository, base: "--output=/x", head: "main" }, {});
  await expect(option).rejects.toThrow('found --base "--output=/x", expected a commit');
});

const demanding = `config:
  homelab:files: [more.yaml]
  homelab:guests:
    dns: { level: 3 }
`;
const watched = [
  { path: ["cluster", "survive"], what: "what must survive" },
  { path: ["guests", "*", "level"], what: "how well" },
];
const more = (survive: string) => `cluster: { survive: ${survive} }\n`;

test.each([
  { what: "a service taken out", files: { "more.yaml": more("[dns]") }, lost: ["web"] },
  { what: "all taken out", files: { "more.yaml": "cluster: {}\n" }, lost: ["dns and web"] },
  { what: "its file gone", files: { "more.yaml": undefined }, lost: ["dns and web"] },
  {
    what: "a lower number",
    files: { "Pulumi.house.yaml": demanding.replace("3", "2") },
    lost: ["3"],
  },
  {
    what: "the stack file renamed",
    files: { "Pulumi.house.yaml": undefined, "Pulumi.home.yaml": demanding },
    lost: ["dns and web", "3"],
  },
  {
    what: "a file that cannot be read",
    files: { "Pulumi.house.yaml": "{" },
    lost: ["dns and web", "3"],
  },
])("rejects a stack file that demands less: $what", async ({ files, lost }) => {
  const before = commit("before", {
    "Pulumi.house.yaml": demanding,
    "more.yaml": more("[dns, web]"),
  });
  const head = commitOn("less", before, files);
  const options = { change: repository, base: before, head };
  const result = await gate(options, await forge(), watched);
  expect(result.ok).toBe(false);
  expect(result.files.map(({ what }) => what.split(" no longer has ")[1])).toEqual(lost);
});

test("a list that asks for everything asks for no less than its names", () => {
  const list = (...survive: string[]) => ({ cluster: { survive } });
  expect(loweredSettings(list("dns", "web"), list("all"), watched)).toEqual([]);
  expect(loweredSettings(list("all"), list("dns", "web"), watched)).toEqual([
    { place: "homelab:cluster.survive", what: "what must survive", lost: ["all"] },
  ]);
});

test("a stack file that demands more, or says the same elsewhere, asks nobody", async () => {
  const before = commit("before", {
    "Pulumi.house.yaml": demanding,
    "more.yaml": more("[dns, web]"),
  });
  const head = commitOn("up", before, {
    "Pulumi.house.yaml": `${demanding.replace("3", "4").replace(/ .*files.*\n/, "")}  homelab:cluster: { survive: [web, dns, nas] }\n`,
    "more.yaml": undefined,
  });
  const result = await gate({ change: repository, base: before, head }, {}, watched);
  expect(result.files).toEqual([]);
});

const events = (passed: string[]) =>
  [
    { policyAnalyzeSummaryEvent: { passed, failed: [] } },
    { policyAnalyzeStackSummaryEvent: {} },
    { summaryEvent: { PolicyPacks: { "homelab-ha": "0.1.0" } } },
  ]
    .map((event) => JSON.stringify(event))
    .join("\n");

test.each([
  { what: "every rule", passed: rules.map(({ name }) => name), ok: true },
  { what: "all but one", passed: rules.slice(1).map(({ name }) => name), ok: false },
])("a run with $what passes: $ok", async ({ passed, ok }) => {
  const file = join(folder, "events.json");
  writeFileSync(file, events(passed));
  const checked = await checkPlan(file);
  expect(checked.ok).toBe(ok);
  expect(checked.lines.at(-1)).toMatch(`${passed.length} of ${rules.length} rules ran`);
});

test("a run that judged nothing has proven nothing, and a file that is none is said", async () => {
  const file = join(folder, "events.json");
  writeFileSync(file, "{}\n");
  expect((await checkPlan(file)).ok).toBe(false);
  writeFileSync(file, "{}\n{");
  await expect(checkPlan(file)).rejects.toThrow("line 2 is no event; was the run cut off?");
  await expect(checkPlan(folder)).rejects.toThrow("found something that is no file");
  await expect(checkPlan(`${file}.none`)).rejects.toThrow("found no such file");
});

/** The script of a step, as the workflow has it. */
function stepOf(file: string, job: string, name: string): string {
  const { jobs } = parse(readFileSync(join(root, file), "utf8"));
  return jobs[job].steps.find((step: { name?: string }) => step.name === name).run;
}

test.each([
  { what: "a folder", make: (path: string) => mkdirSync(path), says: "is a folder" },
  {
    what: "a link out of its folder",
    make: (path: string) => symlinkSync("/etc/passwd", path),
    says: "report",
  },
  {
    what: "something else",
    make: (path: string) => writeFileSync(path, "rm -rf /"),
    says: "report",
  },
  { what: "missing", make: () => {}, says: "there is no file" },
])("the comment's step refuses an artifact that is $what, in one line", ({ make, says }) => {
  const temp = mkdtempSync(join(folder, "artifact-"));
  mkdirSync(join(temp, "report"));
  make(join(temp, "report", "report.md"));
  const script = stepOf(".github/workflows/gate.yml", "comment", "Comment");
  const { status, stdout, stderr } = spawnSync("bash", ["-e", "-c", script], {
    cwd: root,
    encoding: "utf8",
    env: { ...process.env, RUNNER_TEMP: temp, PULL_REQUEST: "7", GITHUB_TOKEN: "t" },
  });
  expect(status).toBeGreaterThan(0);
  expect(stdout).toBe("");
  expect(stderr.trim().split("\n")).toHaveLength(1);
  expect(stderr).toMatch(says);
});

test("every artifact is unpacked outside the checkout", () => {
  for (const file of [".github/workflows/gate.yml", ".github/workflows/drift.yml"]) {
    const { jobs } = parse(readFileSync(join(root, file), "utf8"));
    const steps = (
      Object.values(jobs) as { steps: { uses?: string; with?: { path?: string } }[] }[]
    )
      .flatMap((job) => job.steps)
      .filter(({ uses }) => uses?.startsWith("actions/download-artifact@"));
    expect(steps.length).toBeGreaterThan(0);
    // Written by hand: the workflow's own expression, not a template of this file.
    const outside = /^\$\{\{ runner\.temp \}\}\/[a-z]+$/;
    expect(steps.filter((step) => !outside.test(step.with?.path ?? ""))).toEqual([]);
  }
});

/** Runs the drift job's step with programs that fail or differ as told. */
function driftStep(follow: number, preview: number) {
  const temp = mkdtempSync(join(folder, "drift-"));
  const bin = join(temp, "bin");
  mkdirSync(bin);
  const program = (name: string, code: number) =>
    writeFileSync(join(bin, name), `#!/bin/sh\necho "${name} ran"\nexit ${code}\n`, {
      mode: 0o755,
    });
  program("npm", follow);
  program("pulumi", preview);
  const output = join(temp, "output");
  const script = stepOf(".github/workflows/drift.yml", "detect", "Compare with reality");
  const { status } = spawnSync("bash", ["-e", "-c", script], {
    cwd: temp,
    env: {
      PATH: `${bin}:${process.env.PATH}`,
      RUNNER_TEMP: temp,
      GITHUB_OUTPUT: output,
      STACK: "homelab",
      KUBECONFIG_CONTENT: "x",
    },
  });
  return {
    status,
    output: readFileSync(output, "utf8").trim(),
    drift: readFileSync(join(temp, "drift.txt"), "utf8").trim().split("\n"),
  };
}

test("a failing step of the drift job still hands its output on for the issue", () => {
  expect(driftStep(0, 0)).toEqual({
    status: 0,
    output: "code=0",
    drift: ["npm ran", "pulumi ran"],
  });
  expect(driftStep(0, 255).output).toBe("code=255");
  expect(driftStep(1, 0)).toEqual({ status: 0, output: "code=1", drift: ["npm ran"] });
});
