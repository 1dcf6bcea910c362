import { execFileSync } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { parse, stringify } from "yaml";
import { simulateStack } from "../../cli/commands/simulate/run";
import { readEarlier } from "../../cli/lib/earlier-stack";
import type { Report } from "../../cli/report/types";
import { compareWith } from "../../cli/run/compare";
import { homelab, scratch } from "../support/clusters/homelab";
import { splitStack } from "../support/clusters/stacks";
import { reportIn } from "../support/json";

const { dir, remove } = scratch();
afterAll(remove);
const { stackFile, beside } = splitStack(dir, "homelab", ["guests", "haGroups"]);
const whole = readFileSync(beside, "utf8");

/** Replaces a part of the file beside the stack file, which must be there. */
function edit(from: string, to: string): void {
  if (!whole.includes(from)) throw new Error(`there is no ${from}`);
  writeFileSync(beside, whole.replace(from, to));
}

const git = (...args: string[]) =>
  execFileSync("git", ["-C", dir, "-c", "user.name=t", "-c", "user.email=t@example.org", ...args], {
    encoding: "utf8",
  });

test("guests in a file of their own plan the same as in the stack file", async () => {
  const plan = async (...args: string[]) => {
    const { stdout } = await homelab("preview", "--no-engine", "--json", ...args);
    const { plan } = reportIn(stdout);
    return plan?.resources.map(({ urn }) => urn);
  };
  const split = await plan("--file", stackFile);
  expect(split).toEqual(await plan());
  expect(split?.length).toBeGreaterThan(20);
});

test("a mistake is shown with the file, line and column in which it stands", async () => {
  edit("vmid: 110", "vmid: 11");
  const line = whole.split("\n").findIndex((row) => row.includes("vmid: 110")) + 1;
  const { code, stdout } = await homelab("preview", "--file", stackFile);
  expect(code).toBe(1);
  expect(stdout).toContain(`${beside}:${line}:11: homelab:guests.traefik.vmid: found 11`);
  edit("guests:", "guest:");
  const { stdout: markdown } = await homelab("report", "--file", stackFile);
  expect(markdown).toContain(`${beside}:1:1`);
});

test("an earlier commit is read with the files that it had", () => {
  writeFileSync(beside, whole);
  git("init", "--quiet");
  git("add", ".");
  git("commit", "--quiet", "--message", "first");
  edit("serves: dns", "serves: other");
  git("commit", "--quiet", "--all", "--message", "second");
  expect(simulateStack({ file: stackFile, diff: "HEAD" })).toMatchObject({ changes: [] });
  const found = simulateStack({ file: stackFile, diff: "HEAD~1" });
  expect(found.kind === "difference" && found.dependences.length).toBeGreaterThan(0);
});

test("rejects a commit that has not the file which its stack file names", () => {
  rmSync(join(dir, ".git"), { recursive: true });
  writeFileSync(beside, whole);
  git("init", "--quiet");
  git("add", "Pulumi.homelab.yaml");
  git("commit", "--quiet", "--message", "forgotten");
  expect(() => simulateStack({ file: stackFile, diff: "HEAD" })).toThrowErrorMatchingInlineSnapshot(
    `[Error: today's checks refuse HEAD: homelab:files[0]: commit HEAD has no guests.homelab.yaml, which its stack file names; compare with one that they accept]`,
  );
  const report = { resilience: {} } as Report;
  expect(compareWith(readEarlier("HEAD", stackFile), report).comparison).toEqual({
    incomparable: "today's checks refuse the earlier stack file",
  });
});

test("rejects a configuration that the engine cannot hand over, with what to move", async () => {
  writeFileSync(beside, whole);
  const large = join(dir, "large.yaml");
  const { config } = parse(readFileSync(stackFile, "utf8"));
  for (let index = 0; index < 2500; index++) {
    config["homelab:dns"][`h${index}.example.org`] = { to: { address: "192.168.1.9" } };
  }
  writeFileSync(large, stringify({ config }));
  const { code, stdout } = await homelab("preview", "--file", large, "--no-engine");
  expect(code).toBe(1);
  expect(stdout).toContain("move dns (");
  expect(stdout).toMatch(/refused: 1 mistake in [^;]*; nothing was\s+registered/);
});
