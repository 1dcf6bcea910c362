import { expect, onTestFinished } from "vitest";
import { openStack } from "../../clients/pulumi/engine";
import { startSim } from "../../sim/server";
import { engineTest, stateFolder } from "../support/engine";
import { refusal } from "../support/platform";
import { groupNodes, groupProgram, type WantedGroups } from "../support/programs/group";

// docs/ha-groups.md: the change that Proxmox does not take in the order of one update.

engineTest("a guest changes its group in two steps, one is refused without harm", async () => {
  const nodes = { a: 1, b: 1, c: 1 };
  const pair = { guests: { 140: "a", 141: "b" }, nodes };
  const apps = { guests: { 142: "c" }, nodes };
  const wanted: WantedGroups = { pveVersion: 9, groups: { pair, apps } };
  const guests = [140, 141, 142].map((vmid, index) => ({
    vmid,
    type: "ct" as const,
    node: groupNodes[index] ?? "a",
  }));
  const sim = await startSim({ nodes: groupNodes, guests });
  onTestFinished(() => sim.stop());
  const program = groupProgram(wanted);
  const stateDir = stateFolder();
  const stack = await openStack({ stack: "group", project: "group", program, sim, stateDir });
  const members = (group: string) =>
    sim.world.state.proxmox.haRules[`ha-group-${group}`]?.resources;
  await stack.up();

  Object.assign(pair, { guests: { 140: "a" } });
  Object.assign(apps, { guests: { 141: "b", 142: "c" } });
  expect(await refusal(stack.up())).toMatch(/already (defined|exists)/);
  expect(Object.keys(sim.world.state.proxmox.haResources)).toContain("ct:141");

  Object.assign(apps, { guests: { 142: "c" } });
  await stack.up();
  expect([members("pair"), members("apps")]).toEqual([["ct:140"], ["ct:142"]]);
  Object.assign(apps, { guests: { 141: "b", 142: "c" } });
  await stack.up();
  expect([members("pair"), members("apps")]).toEqual([["ct:140"], ["ct:141", "ct:142"]]);
  expect(Object.keys((await stack.preview({ refresh: true })).changeSummary)).toEqual(["same"]);
});
