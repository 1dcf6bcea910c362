import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Stack } from "@pulumi/pulumi/automation";
import { expect, onTestFinished } from "vitest";
import { openStack } from "../../clients/pulumi/engine";
import { parseStackFile } from "../../config/file/parse-file";
import { seedFromStack } from "../../sim/seed";
import { type Sim, startSim } from "../../sim/server";
import { stackText } from "../support/clusters/stacks";
import { engineTest, stableWorld, stateFolder } from "../support/engine";
import { refusal, types } from "../support/platform";
import { groupNodes, groupProgram, type WantedGroups } from "../support/programs/group";
import { stackOf } from "../support/programs/stacks";

/** Opens a stack of this repository with parts of its file replaced, on a cluster of that version. */
async function openEdited(name: "homelab" | "matrix", edits: Record<string, string>) {
  const text = Object.entries(edits).reduce((before, [from, to]) => {
    if (!before.includes(from)) throw new Error(`Pulumi.${name}.yaml has no ${from}`);
    return before.replace(from, to);
  }, stackText(name));
  const stateDir = stateFolder();
  const configFile = join(stateDir, `Pulumi.${name}.yaml`);
  writeFileSync(configFile, text);
  const { parsed } = parseStackFile(text);
  const seed = parsed.stack ? seedFromStack(parsed.stack) : {};
  const sim = await startSim(seed);
  onTestFinished(() => sim.stop());
  return { sim, stack: await openStack({ ...stackOf(name), configFile, sim, stateDir }) };
}

// The versions that the files name, homelab 9 and matrix 8, run in lifecycle.test.ts.
engineTest.each<{
  name: "homelab" | "matrix";
  edits: Record<string, string>;
  has: { haGroups: number; haRules: number };
  says: RegExp;
}>([
  {
    name: "homelab",
    edits: {
      "pveVersion: 9": "pveVersion: 8",
      // The owner's group: refused on 9, see below.
      "nodes: { proxmox2: 1, proxmox3: 1 }": "nodes: { proxmox2: 1, proxmox3: 1, proxmox: 0 }",
    },
    has: { haGroups: 4, haRules: 0 },
    says: /groups do not separate guests on Proxmox VE 8: ct:110 and ct:121 may end up on one node/,
  },
  {
    name: "matrix",
    edits: { "pveVersion: 8": "pveVersion: 9" },
    has: { haGroups: 0, haRules: 3 },
    says: /Resources:/,
  },
])("$name on the other version: up, nothing on the second up, destroy", async (dialect) => {
  const { stack, sim } = await openEdited(dialect.name, dialect.edits);
  const seeded = stableWorld(sim.world.state);
  const created = await stack.up();
  expect(created.stdout).toMatch(dialect.says);
  const { haGroups, haRules } = sim.world.state.proxmox;
  expect([haGroups, haRules].map((all) => Object.keys(all).length)).toEqual([
    dialect.has.haGroups,
    dialect.has.haRules,
  ]);
  const again = await stack.up({ refresh: true });
  expect(Object.keys(again.summary.resourceChanges ?? {})).toEqual(["same"]);
  await stack.destroy();
  const { hosts: _, ...platforms } = stableWorld(sim.world.state) as { hosts: unknown };
  expect({ ...platforms, hosts: {} }).toEqual(seeded);
});

engineTest(
  "rejects the owner's group beside a keep-apart rule on version 9, with the fix",
  async () => {
    const { stack, sim } = await openEdited("homelab", {
      "nodes: { proxmox2: 1, proxmox3: 1 }": "nodes: { proxmox2: 1, proxmox3: 1, proxmox: 0 }",
    });
    expect(await refusal(stack.preview())).toContain(
      'homelab:haGroups.reverse-proxy.keepApart[0]: rule "reverse-proxy-apart-ct-110" keeps ct:110 and ct:121 apart, and "reverse-proxy" gives ct:110 and ct:121 nodes of 2 priority classes (1: proxmox2 and proxmox3, 0: proxmox), which Proxmox refuses; use one priority class: give every node of "reverse-proxy" the same priority',
    );
    expect(sim.world.state.changes).toEqual([]);
  },
);

/**
 * An unprotected stack, as after `pulumi state unprotect --all`. This process must not block meanwhile:
 * the CLI asks the key service in it.
 */
async function unprotect({ workspace, name }: Stack): Promise<void> {
  const { workDir, envVars, pulumiHome = "", pulumiCommand } = workspace;
  const args = ["state", "unprotect", "--all", "--yes", "--non-interactive", "--stack", name];
  const env = { ...process.env, ...envVars, PULUMI_HOME: pulumiHome };
  await promisify(execFile)(pulumiCommand.command, args, { cwd: workDir, env });
}

/** Short names of what was deleted since a point, in order. */
function deletedSince(sim: Sim, from: number): string[] {
  const gone = sim.world.state.changes.slice(from).filter(({ method }) => method === "delete");
  const short = Object.entries(types);
  return gone.map(({ type }) => short.find(([, token]) => token === type)?.[0] ?? type);
}

engineTest.each<8 | 9>([8, 9])(
  "on PVE %s a created guest goes, and is replaced, only after all that Proxmox wants gone before",
  async (pveVersion) => {
    const wanted: WantedGroups = {
      pveVersion,
      groups: {
        pair: {
          guests: { 140: "a", 141: "b" },
          nodes: { a: 1, b: 1, c: 1 },
          apart: true,
          created: [140],
        },
      },
    };
    const other = [{ vmid: 141, type: "ct" as const, node: "b" }];
    const sim = await startSim({ nodes: groupNodes, pveVersion, guests: other });
    onTestFinished(() => sim.stop());
    const stateDir = stateFolder();
    const program = groupProgram(wanted);
    const stack = await openStack({ stack: "group", project: "group", program, sim, stateDir });
    await stack.up();
    await unprotect(stack);

    // Another storage is another container: it is deleted and made anew.
    wanted.storage = "other";
    const before = sim.world.state.changes.length;
    await stack.up();
    const replaced = deletedSince(sim, before);
    const order = replaced.filter((kind) => kind !== "rule");
    expect(order.at(-1)).toBe("container");
    expect(order.sort()).toEqual(["container", "replication", "replication", "resource"]);
    expect(replaced).toHaveLength(pveVersion === 9 ? 6 : 4);
    expect(Object.keys((await stack.preview()).changeSummary)).toEqual(["same"]);

    await unprotect(stack);
    const then = sim.world.state.changes.length;
    await stack.destroy();
    const kinds = deletedSince(sim, then);
    const first = (kind: string) => kinds.indexOf(kind);
    const last = (kind: string) => kinds.lastIndexOf(kind);
    expect(first("container")).toBeGreaterThan(last("resource"));
    if (pveVersion === 8) expect(first("group")).toBeGreaterThan(last("resource"));
    else expect(first("resource")).toBeGreaterThan(last("rule"));
    const { guests, haGroups, haResources, haRules, replications } = sim.world.state.proxmox;
    expect(Object.keys({ ...guests, ...haGroups, ...haResources, ...haRules })).toEqual(["141"]);
    expect(replications).toEqual({});
  },
);
