import { spawn } from "node:child_process";
import { join } from "node:path";
import type { Stack } from "@pulumi/pulumi/automation";
import { expect, onTestFinished } from "vitest";
import { migrateHa } from "../../cli/commands/migrate-ha/run";
import { openStack } from "../../clients/pulumi/engine";
import type { Fault } from "../../sim/faults";
import { migrateGroups, upgradeNodes } from "../../sim/proxmox/upgrade";
import { type Sim, startSim } from "../../sim/server";
import { engineTest, stateFolder } from "../support/engine";
import { refusal, types } from "../support/platform";
import { groupNodes, groupProgram, type WantedGroups } from "../support/programs/group";

// A cluster that is upgraded from version 8 to 9: its groups become rules under our feet.

const guests = [140, 141, 142].map((vmid, index) => ({
  vmid,
  type: "ct" as const,
  node: groupNodes[index] ?? "a",
}));

const upgraded = (): WantedGroups => ({
  pveVersion: 8,
  groups: {
    critical: {
      guests: { 140: "a", 141: "b" },
      nodes: { a: 2, b: 2, c: 0 },
      strict: true,
      failback: false,
    },
    apps: { guests: { 142: "c" }, nodes: { b: 1, c: 1 } },
  },
});

async function platforms(stateDir: string, faults: Fault[] = []): Promise<Sim> {
  const stateFile = join(stateDir, "world.json");
  const sim = await startSim({ nodes: groupNodes, pveVersion: 8, guests, stateFile, faults });
  onTestFinished(() => sim.stop());
  return sim;
}

function openGroups(wanted: WantedGroups, sim: Sim, stateDir: string): Promise<Stack> {
  const program = groupProgram(wanted);
  return openStack({ stack: "group", project: "group", program, sim, stateDir });
}

const sorted = (record: object) => Object.keys(record).sort();

engineTest(
  "a stack that does not follow fails; one command later there is nothing to plan",
  async () => {
    const stateDir = stateFolder();
    const wanted = upgraded();
    const sim = await platforms(stateDir);
    const stack = await openGroups(wanted, sim, stateDir);
    await stack.up();
    const proxmox = () => sim.world.state.proxmox;
    expect(sorted(proxmox().haGroups)).toEqual(["apps", "critical"]);

    sim.world.change((state) => upgradeNodes(state.proxmox));
    expect(await refusal(migrateHa(stack, { apply: true }))).toMatchInlineSnapshot(
      `"the cluster still has its HA groups; Proxmox turns them into rules about a minute after the last node runs version 9 with every node online (\`journalctl -u pve-ha-crm\` says why not), so wait for that, then run this again"`,
    );
    sim.world.change((state) => migrateGroups(state.proxmox));
    // Of a group with nofailback the guests keep it, and of one without nobody gets it.
    const failsBack = (sid: string) => proxmox().haResources[sid]?.failback !== false;
    const failback = () => ["ct:140", "ct:141", "ct:142"].map(failsBack);
    expect(failback()).toEqual([false, false, true]);
    const migrated = structuredClone(proxmox());

    // What happens to whoever only changes the version.
    wanted.pveVersion = 9;
    expect(await refusal(stack.refresh())).toMatch(/ha groups have been migrated to rules/);
    expect(await refusal(stack.up())).toMatch(/HA rule 'ha-group-(critical|apps)' already defined/);
    expect(proxmox().haRules).toEqual(migrated.haRules);

    const before = JSON.stringify(await stack.exportStack());
    expect(await migrateHa(stack, { apply: false })).toMatchInlineSnapshot(`
      [
        "HA group "apps" will be removed from the state: the cluster no longer has it",
        "rule ha-group-apps, which Proxmox created from it, will be imported into the state",
        "HA group "critical" will be removed from the state: the cluster no longer has it",
        "rule ha-group-critical, which Proxmox created from it, will be imported into the state",
      ]
    `);
    expect(JSON.stringify(await stack.exportStack())).toBe(before);

    expect(await migrateHa(stack, { apply: true })).toMatchInlineSnapshot(`
      [
        "HA group "apps" was removed from the state",
        "rule ha-group-apps of ct:142 was imported into the state",
        "HA group "critical" was removed from the state",
        "rule ha-group-critical of ct:140 and ct:141 was imported into the state",
      ]
    `);
    expect(await migrateHa(stack, { apply: true })).toEqual([]);
    expect(proxmox()).toEqual(migrated);

    // The update is priority 0, which a rule does not keep: `c` becomes 1, the others 3.
    const planned = { same: 15, update: 1 };
    expect((await stack.up({ refresh: true })).summary.resourceChanges).toEqual(planned);
    expect(proxmox().haRules["ha-group-critical"]?.nodes).toEqual({ a: 3, b: 3, c: 1 });
    expect((await stack.up({ refresh: true })).summary.resourceChanges).toEqual({ same: 16 });
    expect(failback()).toEqual([false, false, true]);

    await stack.destroy();
    expect(proxmox()).toMatchObject({ haRules: {}, haResources: {}, replications: {} });
  },
);

engineTest(
  "killed, and killed again, the third run finishes; only what is new is planned",
  async () => {
    const stateDir = stateFolder();
    const wanted = upgraded();
    const seeded = await platforms(stateDir);
    await (await openGroups(wanted, seeded, stateDir)).up();
    seeded.world.change((state) => {
      upgradeNodes(state.proxmox);
      migrateGroups(state.proxmox);
    });
    await seeded.stop();
    await killMigrationAt(stateDir, { kind: "hang", at: { method: "read", type: types.rule } });
    const twice = { method: "read", type: types.resource, nth: 2 } as const;
    await killMigrationAt(stateDir, { kind: "hang", at: twice });

    const sim = await platforms(stateDir);
    // What version 8 could not do is created; the rules that Proxmox made stay.
    wanted.pveVersion = 9;
    Object.assign(wanted.groups.critical ?? {}, { nodes: { a: 2, b: 2, c: 2 }, apart: true });
    const stack = await openGroups(wanted, sim, stateDir);
    const done = await migrateHa(stack, { apply: true });
    expect(done.filter((line) => line.startsWith("rule"))).toHaveLength(2);
    expect(await migrateHa(stack, { apply: true })).toEqual([]);
    const { changeSummary } = await stack.preview();
    // Both components, whose version changes, and the rule that gets another node preference.
    expect(changeSummary).toEqual({ create: 1, same: 13, update: 3 });
    await stack.up();
    expect(sorted(sim.world.state.proxmox.haRules)).toEqual([
      "critical-apart-ct-140",
      "ha-group-apps",
      "ha-group-critical",
    ]);
  },
);

async function killMigrationAt(stateDir: string, fault: Fault): Promise<void> {
  const sim = await platforms(stateDir, [fault]);
  const hung = sim.hung();
  const script = join(__dirname, "../support/programs/migrate-child.ts");
  const child = spawn(process.execPath, ["--import", "tsx", script, stateDir, sim.debugProviders], {
    detached: true,
    stdio: "ignore",
  });
  const ended = new Promise((resolve) => child.on("close", resolve));
  const first = await Promise.race([hung.then(() => "hung"), ended]);
  if (first !== "hung") throw new Error(`it ended before the fault: ${first}`);
  process.kill(-Number(child.pid), "SIGKILL");
  await ended;
  await sim.stop();
}
