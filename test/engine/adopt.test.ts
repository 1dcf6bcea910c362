import { expect } from "vitest";
import { runProgram } from "../../bench/mock-run";
import { siteFromStack } from "../../sim/proxmox/api-server/site";
import { worldFromStack } from "../../sim/seed";
import { World } from "../../sim/world";
import { adopted, filesIn, underManagement } from "../support/adopt";
import {
  type Cluster,
  carryOut,
  clusterAsItWas,
  homelabStack,
} from "../support/clusters/baseline-cluster";
import { stackData } from "../support/clusters/stacks";
import { engineTest } from "../support/engine";

/** Groups as an owner names them: a node without a priority, capitals, a limit that nobody set. */
function withGroups(): Cluster {
  const cluster = clusterAsItWas(8);
  const { proxmox: pve } = cluster.world.state;
  pve.haGroups.Prod_HA = {
    nodes: { proxmox2: 1, proxmox3: null },
    restricted: true,
    noFailback: true,
    comment: "made in 2023",
  };
  for (const sid of ["ct:113", "ct:116"])
    Object.assign(pve.haResources[sid] ?? {}, { group: "Prod_HA" });
  delete pve.haResources["ct:122"]?.maxRestart;
  return cluster;
}

/** The same as rules, with a keep-apart rule and ids of the owner's own. */
function withRules(): Cluster {
  const cluster = clusterAsItWas(9);
  const { proxmox: pve } = cluster.world.state;
  pve.haRules["prefer-the-big-ones"] = {
    type: "node-affinity",
    resources: ["ct:113", "ct:116"],
    nodes: { proxmox2: 0, proxmox3: 0 },
    strict: true,
    disable: false,
    comment: "made in 2025",
  };
  pve.haRules["not-together"] = {
    type: "resource-affinity",
    affinity: "negative",
    resources: ["ct:113", "ct:116"],
    nodes: {},
    strict: false,
    disable: false,
  };
  Object.assign(pve.haResources["ct:113"] ?? {}, { failback: false, comment: "first" });
  delete pve.haResources["ct:122"]?.maxRestart;
  return cluster;
}

/** What this program made and whose state was lost, backup jobs included. */
async function lostState(): Promise<Cluster> {
  const stack = homelabStack();
  const world = World.inMemory(worldFromStack(stack));
  await carryOut(world, await runProgram(stackData("homelab")));
  // Each up of a world counts its changes; these are from before.
  world.state.changes.length = 0;
  return { world, site: siteFromStack(stack) };
}

engineTest.each([
  ["the owner's cluster as it was, version 8", () => clusterAsItWas(8)],
  ["the owner's cluster as it was, version 9", () => clusterAsItWas(9)],
  ["groups of version 8", withGroups],
  ["rules of version 9", withRules],
  ["a cluster of this program whose state was lost", lostState],
] as const)("%s: adopted and imported, a preview changes nothing", async (_name, make) => {
  const { dir, sim, api, stack } = await underManagement(await make());
  const preview = await stack.preview({ expectNoChanges: true });
  expect(Object.keys(preview.changeSummary)).toEqual(["same"]);
  const again = await stack.up({ refresh: true });
  expect(Object.keys(again.summary.resourceChanges ?? {})).toEqual(["same"]);
  expect(sim.world.state.changes).toEqual([]);
  const first = filesIn(dir);
  await adopted(api, dir, { force: true });
  expect(filesIn(dir)).toEqual(first);
});
