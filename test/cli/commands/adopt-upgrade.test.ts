import { afterAll, expect, test } from "vitest";
import { runProgram } from "../../../bench/mock-run";
import { readStackFile } from "../../../config/file/stack-file";
import { migrateGroups, upgradeNodes } from "../../../sim/proxmox/upgrade";
import { adopted, filesIn } from "../../support/adopt";
import { clusterAsItWas, served } from "../../support/clusters/baseline-cluster";
import { scratch } from "../../support/clusters/homelab";

const { dir, remove } = scratch();
afterAll(remove);

test("a group of version 8 that was adopted fails back after the upgrade only if it did before", async () => {
  const cluster = clusterAsItWas(8);
  const { proxmox: pve } = cluster.world.state;
  const nodes = { proxmox: 1, proxmox2: 1, proxmox3: 1 };
  pve.haGroups.stays = { group: "stays", nodes, noFailback: true };
  pve.haGroups.returns = { group: "returns", nodes, noFailback: false };
  Object.assign(pve.haResources["ct:113"] ?? {}, { group: "stays" });
  Object.assign(pve.haResources["ct:100"] ?? {}, { group: "returns" });
  await adopted(await served(cluster), dir);
  const { data } = readStackFile(filesIn(dir).stack);
  upgradeNodes(pve);
  migrateGroups(pve);
  const cluster9 = { ...(data.cluster as object), pveVersion: 9 };
  const resources = await runProgram({ ...data, cluster: cluster9 });
  const failback = (sid: string) => [
    pve.haResources[sid]?.failback,
    resources.find(({ inputs }) => inputs.resourceId === sid)?.inputs.failback,
  ];
  // In the cluster, and in the program.
  expect(failback("ct:113")).toEqual([false, false]);
  expect(failback("ct:100")).toEqual([undefined, undefined]);
  const rules = resources.filter(({ type }) => type.endsWith(":Harule"));
  expect(rules.map(({ inputs }) => inputs.rule).sort()).toEqual(Object.keys(pve.haRules).sort());
});
