import { expect, onTestFinished } from "vitest";
import { syncState } from "../../cli/commands/sync-state/run";
import { openStack } from "../../clients/pulumi/engine";
import { startSim } from "../../sim/server";
import { engineTest, stateFolder } from "../support/engine";
import { groupNodes, groupProgram } from "../support/programs/group";

engineTest(
  "jobs that somebody deleted are made anew, and a rule that was switched off comes back on",
  async () => {
    const guests = [
      { vmid: 140, type: "ct" as const, node: "a" },
      { vmid: 141, type: "ct" as const, node: "b" },
    ];
    const sim = await startSim({ nodes: groupNodes, pveVersion: 9, guests });
    onTestFinished(() => sim.stop());
    const group = { guests: { 140: "a", 141: "b" }, nodes: { a: 1, b: 1, c: 1 }, apart: true };
    const program = groupProgram({ pveVersion: 9, groups: { pair: group } });
    const stateDir = stateFolder();
    const stack = await openStack({ stack: "group", project: "group", program, sim, stateDir });
    await stack.up();
    const { proxmox } = sim.world.state;
    const jobs = structuredClone(proxmox.replications);

    sim.world.change(() => {
      delete proxmox.replications["140-1"];
      delete proxmox.backupJobs["pair-backup"];
    });
    await expect(stack.refresh()).rejects.toThrow(/no such replication job '140-1'|No such job/);
    // In the order of the state, in which resources stand that were made at the same time.
    expect((await syncState(stack)).sort()).toEqual([
      "backup job pair-backup is gone from the cluster, and from the state now; the next up makes it anew",
      "replication job 140-1 is gone from the cluster, and from the state now; the next up makes it anew",
    ]);
    expect((await stack.up()).summary.resourceChanges).toMatchObject({ create: 2 });
    expect(proxmox.replications).toEqual(jobs);
    await stack.refresh();
    expect(await syncState(stack)).toEqual([]);

    sim.world.change(() => {
      const rule = proxmox.haRules["pair-apart-ct-140"];
      if (rule) rule.disable = true;
    });
    await stack.refresh();
    await stack.up();
    expect(proxmox.haRules["pair-apart-ct-140"]?.disable).toBe(false);
    expect(Object.keys((await stack.up()).summary.resourceChanges ?? {})).toEqual(["same"]);
  },
);
