import { readFileSync, writeFileSync } from "node:fs";
import { expect } from "vitest";
import { rules } from "../../policy/rules/all";
import { homelab } from "../support/clusters/homelab";
import { splitStack } from "../support/clusters/stacks";
import { engineTest, stateFolder } from "../support/engine";
import { reportIn } from "../support/json";

engineTest(
  "guests and groups in a file beside the stack file are carried out, and an edit there is a change",
  async () => {
    const folder = stateFolder();
    const { stackFile, beside } = splitStack(folder, "matrix", ["guests", "haGroups"]);
    const run = async (...args: string[]) => {
      const state = ["--state-dir", folder, "--json"];
      const { code, stdout } = await homelab(...args, "--file", stackFile, ...state);
      const { plan } = reportIn(stdout);
      const changed = plan?.resources.filter(({ operation }) => operation !== "same") ?? [];
      return { code, plan, changed };
    };
    const first = await run("up", "--simulated");
    expect([first.code, first.plan?.mode.kind]).toEqual([0, "engine"]);
    expect(first.changed.length).toBeGreaterThan(20);
    expect((await run("preview")).changed).toEqual([]);

    const text = readFileSync(beside, "utf8");
    const edited = text.replace("maxRestart: 3", "maxRestart: 5");
    expect(edited).not.toBe(text);
    writeFileSync(beside, edited);
    const { changed, plan } = await run("preview");
    expect([...new Set(changed.map(({ operation }) => operation))]).toEqual(["update"]);
    expect(changed.map(({ type }) => type)).toContain("proxmoxve:index/haresource:Haresource");
    expect(plan?.policies).toHaveLength(rules.length);
  },
);
