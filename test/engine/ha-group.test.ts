import { expect, onTestFinished } from "vitest";
import { openStack } from "../../clients/pulumi/engine";
import { startSim } from "../../sim/server";
import { engineTest, stateFolder } from "../support/engine";
import { groupNodes, groupProgram, type WantedGroups } from "../support/programs/group";

const guests = [
  { vmid: 140, type: "ct" as const, node: "a" },
  { vmid: 141, type: "ct" as const, node: "b" },
  { vmid: 142, type: "ct" as const, node: "c" },
  { vmid: 150, type: "ct" as const, node: "a" },
];

engineTest.each<8 | 9>([8, 9])(
  "on PVE %s another VMID, a guest less and the end of a group go in the order that Proxmox accepts",
  async (pveVersion) => {
    const group: WantedGroups["groups"][string] = {
      guests: { 140: "a", 141: "b", 142: "c" },
      nodes: { a: 1, b: 1, c: 1 },
      apart: pveVersion === 9,
    };
    const sim = await startSim({ nodes: groupNodes, pveVersion, guests });
    onTestFinished(() => sim.stop());
    const program = groupProgram({ pveVersion, groups: { pair: group } });
    const stateDir = stateFolder();
    const stack = await openStack({ stack: "group", project: "group", program, sim, stateDir });
    const sids = () => Object.keys(sim.world.state.proxmox.haResources).sort();
    await stack.up();
    expect(sids()).toEqual(["ct:140", "ct:141", "ct:142"]);

    group.guests = { 141: "b", 142: "c", 150: "a" };
    await stack.up();
    expect(sids()).toEqual(["ct:141", "ct:142", "ct:150"]);
    const rules = Object.values(sim.world.state.proxmox.haRules);
    for (const rule of rules) expect([...rule.resources].sort()).toEqual(sids());
    expect(rules).toHaveLength(pveVersion === 9 ? 2 : 0);
    expect(Object.keys((await stack.preview()).changeSummary)).toEqual(["same"]);

    group.guests = { 141: "b", 150: "a" };
    await stack.up();
    expect(sids()).toEqual(["ct:141", "ct:150"]);

    await stack.destroy();
    const { haGroups, haResources, haRules, replications } = sim.world.state.proxmox;
    expect([haGroups, haResources, haRules, replications]).toEqual([{}, {}, {}, {}]);
  },
);
