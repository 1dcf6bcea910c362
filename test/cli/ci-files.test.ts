import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { homelabCommand } from "../../cli/homelab";
import { runTool } from "../support/tools";

const root = join(__dirname, "..", "..");
const github = readdirSync(join(root, ".github/workflows")).map(
  (file) => `.github/workflows/${file}`,
);
const forgejo = readdirSync(join(root, ".forgejo/workflows")).map(
  (file) => `.forgejo/workflows/${file}`,
);
const workflows = [...github, ...forgejo];
const files = [...workflows, ".gitlab-ci.yml"];

const read = (file: string): Record<string, unknown> =>
  parse(readFileSync(join(root, file), "utf8"));

/** Every shell script of a CI file, wherever it stands. */
function scripts(value: unknown, key = ""): string[] {
  if (typeof value === "string")
    return ["run", "script", "before_script"].includes(key) ? [value] : [];
  if (Array.isArray(value)) return value.flatMap((item) => scripts(item, key));
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, item]) => scripts(item, name));
}

const allScripts = files.flatMap((file) => scripts(read(file)).map((script) => ({ file, script })));

/** Command lines of a program: continuation lines and what follows a separator do not count. */
function callsOf(program: RegExp): { file: string; words: string[] }[] {
  return allScripts.flatMap(({ file, script }) =>
    script.split("\n").flatMap((line) => {
      const call = line.split(/\s+(?:\|\||&&|>)\s+|;\s*/).find((part) => program.test(part));
      return call === undefined
        ? []
        : [{ file, words: call.replace(program, "").trim().split(/\s+/) }];
    }),
  );
}

test("every script is one that a shell can read and shellcheck has nothing to say about", () => {
  const complaints = allScripts.flatMap(({ file, script }) => [
    ...spawnSync("bash", ["-n"], { input: script, encoding: "utf8" }).stderr.split("\n"),
    ...runTool("shellcheck", ["--shell", "bash", "-"], { input: script }).output.split("\n"),
    file,
  ]);
  expect(complaints.filter((line) => line !== "" && !files.includes(line))).toEqual([]);
  expect(allScripts.length).toBeGreaterThan(20);
});

test("every homelab command and every flag in them exists", () => {
  const commands = new Map(homelabCommand().commands.map((command) => [command.name(), command]));
  const calls = callsOf(/^.*npm run --silent homelab -- /);
  const flags = allScripts.flatMap(
    ({ script }) => script.match(/set -- (?:"\$@" )?(--[^;]*)/g) ?? [],
  );
  const unknown = calls.flatMap(({ file, words: [name = "", ...rest] }) => {
    const command = commands.get(name);
    if (!command) return [`${file}: homelab ${name}`];
    const known = new Set(command.options.map((option) => option.long));
    const used = name === "report" ? flags.flatMap((line) => line.split(/\s+/)) : rest;
    return used
      .filter((word) => /^--./.test(word) && !known.has(word))
      .map((word) => `${file}: ${name} ${word}`);
  });
  expect(unknown).toEqual([]);
  expect(new Set(calls.map(({ words }) => words[0]))).toEqual(
    new Set(["report", "comment", "gate", "check-plan", "sync-state", "drift"]),
  );
});

test("every make target and every script that CI names exists", () => {
  const makefile = readFileSync(join(root, "Makefile"), "utf8");
  const run = readFileSync(join(root, ".ci/run"), "utf8");
  const targets = [...run.matchAll(/\bmake ([a-z-]+)/g)].map(([, target]) => target);
  expect(targets).toEqual(["test"]);
  for (const target of targets) expect(makefile).toMatch(new RegExp(`^${target}:`, "m"));
  const { scripts: npm } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  expect(npm.homelab).toBe("node bin/homelab.js");
  const shell = [".ci/run", ".githooks/pre-commit", "test/support/tools.sh"].map((file) =>
    join(root, file),
  );
  expect(runTool("shellcheck", shell)).toEqual({ status: 0, output: "" });
});

test("every CI file names the same Pulumi, and the Node of .node-version", () => {
  const texts = files.map((file) => readFileSync(join(root, file), "utf8"));
  const all = (pattern: RegExp) =>
    texts.flatMap((text) => [...text.matchAll(pattern)].map(([, version]) => version));
  const pulumi = all(/(?:pulumi-version: |PULUMI_VERSION: |pulumi-nodejs-\d+:)(\S+)/g);
  expect(new Set(pulumi).size, pulumi.join()).toBe(1);
  expect(pulumi.length).toBeGreaterThanOrEqual(7);
  const node = readFileSync(join(root, ".node-version"), "utf8").trim();
  expect(new Set(all(/(?:node-version: |pulumi-nodejs-|image: node:)(\d+)/g))).toEqual(
    new Set([node]),
  );
  expect(all(/(node-version-file: \S*\.node-version)/g).length).toBeGreaterThan(3);
});

test("nothing that may hold the state's lock is read through a pipe", () => {
  const piped = allScripts.filter(({ script }) =>
    /\b(pulumi|homelab)\b[^\n|]*[^|\n]\|[^|]/.test(script),
  );
  expect(piped).toEqual([]);
});

test("up runs one at a time, is never cancelled, and follows a preview with the policy pack", () => {
  const up = read(".github/workflows/up.yml") as { concurrency: unknown };
  expect(up.concurrency).toEqual({ group: "homelab-up", "cancel-in-progress": false });
  const gitlab = read(".gitlab-ci.yml") as { up: Record<string, unknown> };
  expect(gitlab.up).toMatchObject({ resource_group: "homelab-up", interruptible: false });
  for (const file of [
    ".github/workflows/up.yml",
    ".forgejo/workflows/homelab.yml",
    ".gitlab-ci.yml",
  ]) {
    const lines = scripts(read(file)).join("\n");
    const preview = lines.search(/pulumi preview .*--policy-pack \S*policy/);
    const apply = lines.search(/pulumi up .*--policy-pack policy/);
    expect(preview, file).toBeGreaterThan(-1);
    expect(apply, file).toBeGreaterThan(preview);
  }
});

test("workflows get no right by default, and each action is pinned to a commit", () => {
  for (const file of github) {
    const workflow = read(file) as { permissions?: Record<string, string> };
    expect(Object.values(workflow.permissions ?? { missing: "write" }), file).not.toContain(
      "write",
    );
  }
  const uses = workflows.flatMap(
    (file) => readFileSync(join(root, file), "utf8").match(/uses: .*/g) ?? [],
  );
  expect(uses.filter((line) => !/@[0-9a-f]{40} # v\d+(\.\d+)+$/.test(line))).toEqual([]);
  expect(uses.length).toBeGreaterThan(15);
});

test("only the jobs that comment and open issues may write", () => {
  const jobs = github.flatMap((file) => {
    const workflow = read(file) as {
      jobs: Record<string, { permissions?: Record<string, string> }>;
    };
    return Object.entries(workflow.jobs).map(([job, { permissions = {} }]) => ({
      job: `${file.split("/").at(-1)} ${job}`,
      writes: Object.keys(permissions).filter((right) => permissions[right] === "write"),
    }));
  });
  expect(jobs.filter(({ writes }) => writes.length > 0)).toEqual([
    { job: "drift.yml issue", writes: ["issues"] },
    { job: "gate.yml comment", writes: ["pull-requests"] },
  ]);
});

/** A job as GitHub and Forgejo know it. */
interface Job {
  env?: Record<string, string>;
  steps: { uses?: string; run?: string; env?: Record<string, string>; with?: object }[];
}

const jobs = workflows.flatMap((file) =>
  Object.entries((read(file) as { jobs: Record<string, Job> }).jobs).map(([name, job]) => ({
    name: `${file} ${name}`,
    job,
    workflow: read(file),
  })),
);

test("secrets reach a step as environment, never a script, a job or an action", () => {
  expect(allScripts.filter(({ script }) => script.includes("secrets."))).toEqual([]);
  expect(allScripts.filter(({ script }) => /\$\{\{/.test(script))).toEqual([]);
  const wide = jobs.filter(({ job, workflow }) =>
    JSON.stringify([job.env, workflow.env]).includes("secrets."),
  );
  expect(wide.map(({ name }) => name)).toEqual([]);
  const given = jobs.flatMap(({ name, job }) =>
    job.steps
      .filter(({ uses, run, env, with: inputs }) => {
        const secret = JSON.stringify([env, inputs]).includes("secrets.");
        return secret && (uses !== undefined || !/\bpulumi (preview|up)\b/.test(run ?? ""));
      })
      .map(({ uses, run }) => `${name}: ${uses ?? run}`),
  );
  expect(given).toEqual([]);
});

test("nothing is installed with the scripts of packages, nor from a pipe", () => {
  const installs = allScripts.flatMap(({ script }) => script.match(/npm ci.*/g) ?? []);
  expect(installs.filter((line) => !line.includes("--ignore-scripts"))).toEqual([]);
  expect(installs.length).toBeGreaterThan(8);
  const fetched = allScripts.filter(({ script }) => /\b(curl|wget)\b/.test(script));
  expect(fetched.map(({ file }) => file)).toEqual([]);
});

test("a pull request is judged by the target branch's workflow, command and pack", () => {
  for (const file of [".github/workflows/gate.yml", ".forgejo/workflows/gate.yml"]) {
    const workflow = read(file) as { on: object; jobs: Record<string, Job> };
    expect(Object.keys(workflow.on)).toEqual(["pull_request_target"]);
    const steps = Object.values(workflow.jobs).flatMap((job) => job.steps);
    expect(JSON.stringify(steps)).not.toContain("secrets.");
    const runs = steps.filter(({ run }) => /npm/.test(run ?? "")) as {
      "working-directory"?: string;
    }[];
    // The job that comments checks out nothing but the target branch.
    const report = runs.slice(0, 3);
    expect(report.map((step) => step["working-directory"])).toEqual(Array(3).fill("trusted"));
  }
  for (const { file, script } of allScripts) {
    if (!/pulumi preview .*--policy-pack/.test(script) || /up\.yml|up$/.test(file)) continue;
    const own = file === ".gitlab-ci.yml" || file === ".github/workflows/up.yml";
    if (!own) expect(script, file).toMatch(/--policy-pack \S*trusted\/policy/);
    expect(script, file).toContain("--event-log");
  }
  const gitlab = readFileSync(join(root, ".gitlab-ci.yml"), "utf8");
  expect(gitlab).toContain('--policy-pack "$TRUSTED/code/policy"');
});
