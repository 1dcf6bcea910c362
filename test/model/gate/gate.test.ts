import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { judgeApproval } from "../../../model/gate/approval";
import { codeOwners } from "../../../model/gate/code-owners";
import { protectedFiles } from "../../../model/gate/protected-paths";

test.each([
  ["policy/rules/all.ts", "the policy pack"],
  ["Policy/rules/all.ts", "the policy pack"],
  ["model/vrrp/weight.ts", "the judgement that pack and command share"],
  [".github/workflows/preview.yml", "the CI workflows"],
  [".gitlab-ci.yml", "the CI workflows"],
  [".ci/run", "the CI workflows"],
  ["docs/CODEOWNERS", "who must approve"],
  ["package-lock.json", "what is installed and run before anything is judged"],
  ["policy/package.json", "the policy pack"],
  ["lab/.npmrc", "what is installed and run before anything is judged"],
  ["node_modules/zod/index.js", "what is installed and run before anything is judged"],
  [
    ".cache/quick/v20.20.2-x64-policy-pack.bin",
    "what is installed and run before anything is judged",
  ],
  ["policy", "the policy pack"],
  [".gitea", "the CI workflows"],
  ["bin/homelab.js", "the judgement that pack and command share"],
  ["components/ha-group/index.ts", "what the judging command loads"],
  ["templates/traefik/traefik.ts", "what the judging command loads"],
  ["start/light-sdk.ts", "what the judging command loads"],
  ["program.ts", "what the judging command loads"],
  ["Pulumi.json", "what is installed and run before anything is judged"],
  ["Pulumi.homelab.deploy.yaml", "what is installed and run before anything is judged"],
  ["policy2/PulumiPolicy.yml", "the policy pack"],
  ["yarn.lock", "what is installed and run before anything is judged"],
  [".node-version", "what is installed and run before anything is judged"],
  [".githooks/pre-commit", "what is installed and run before anything is judged"],
  ["packaging/prepare.js", "what is installed and run before anything is judged"],
  ["../policy/x", "a path that is none"],
])("%s takes part in judging a change", (path, what) => {
  expect(protectedFiles([path])).toEqual([{ path, what }]);
});

test("what is only deployed or read takes no part", () => {
  const plain = [
    "Pulumi.homelab.yaml",
    "docs/policies/vrrp-weight.md",
    "docs/bin/components.md",
    "lab/scenarios/index.ts",
    "README.md",
    "test/policy/docs.test.ts",
  ];
  expect(protectedFiles(plain)).toEqual([]);
});

test("the last matching line of CODEOWNERS decides, a line without names frees a file", () => {
  const ownersOf = codeOwners(
    [
      "# everything",
      "* @Ann",
      "/policy/ @bob @ann # the pack",
      "/policy/generated/",
      "[Section] @nobody",
      "!/policy/x @eve",
      "*.md docs@example.org @org/writers",
    ].join("\n"),
  );
  expect(ownersOf("index.ts")).toEqual(["ann"]);
  expect(ownersOf("policy/rules/all.ts")).toEqual(["bob", "ann"]);
  expect(ownersOf("policy/generated/a.ts")).toEqual([]);
  expect(ownersOf("docs/a.md")).toEqual(["docs@example.org", "org/writers"]);
});

const files = protectedFiles(["policy/rules/all.ts", ".github/workflows/preview.yml"]);
const ownersOf = codeOwners("/policy/ @bob @ann\n/.github/ @ann\n");

test.each([
  { what: "an owner of every file", approvedBy: ["Ann"], ok: true },
  { what: "an owner of one file only", approvedBy: ["bob"], ok: false },
  { what: "somebody who owns nothing", approvedBy: ["eve"], ok: false },
  { what: "nobody", approvedBy: [], ok: false },
])("a change approved by $what passes: $ok", ({ approvedBy, ok }) => {
  expect(judgeApproval(files, ownersOf, { author: "eve", approvedBy }).ok).toBe(ok);
});

test("nobody approves a change of their own, and the message says who may", () => {
  const judged = judgeApproval(files, ownersOf, { author: "ann", approvedBy: ["ann"] });
  expect(judged).toEqual({
    ok: false,
    missing: [
      "policy/rules/all.ts: needs the approval of bob for the newest commit",
      ".github/workflows/preview.yml: nobody but the author owns it; add a second owner to CODEOWNERS on the target branch",
    ],
  });
});

test("teams are said to be unreadable, a file without an owner to have none", () => {
  const review = { author: "eve", approvedBy: ["org/writers"] };
  const [first] = files;
  if (!first) throw new Error("no protected file");
  expect(judgeApproval([first], codeOwners("* @org/team"), review).missing).toEqual([
    "policy/rules/all.ts: owned by org/team, whose members this check cannot read; name people in CODEOWNERS on the target branch",
  ]);
  expect(judgeApproval([first], codeOwners(""), review).ok).toBe(false);
});

test("this repository's own CODEOWNERS leaves no protected file without an owner", () => {
  const own = codeOwners(readFileSync(join(__dirname, "../../../CODEOWNERS"), "utf8"));
  const all = ["policy/a", "model/a", "config/a", "clients/a", "cli/a", "sim/a", ".github/a"];
  const more = [".forgejo/a", ".gitlab-ci.yml", ".ci/run", "package.json", "Makefile", ".npmrc"];
  expect([...all, ...more].filter((path) => own(path).length === 0)).toEqual([]);
});
