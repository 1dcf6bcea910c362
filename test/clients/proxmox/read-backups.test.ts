import { expect, onTestFinished, test } from "vitest";
import { openProxmox, readCluster } from "../../../clients/proxmox";
import { auditor } from "../../../sim/proxmox/api-server/world";
import { type Cluster, clusterAsItWas, served } from "../../support/clusters/baseline-cluster";

/** The cluster with backups in a storage and runs of vzdump on its nodes. */
function withBackups(): Cluster {
  const cluster = clusterAsItWas();
  cluster.site.storages.push({ storage: "nas", type: "nfs", shared: 1, content: "backup,iso" });
  cluster.site.archives = {
    nas: [
      { volid: "nas:backup/a", vmid: 110, ctime: 1000, content: "backup" },
      { volid: "nas:backup/b", vmid: 110, ctime: 3000, verification: { state: "failed" } },
      { volid: "nas:backup/c", vmid: 121, ctime: 2000, verification: { state: "ok" } },
    ],
  };
  const node = cluster.site.nodes.proxmox2;
  node?.tasks.push(
    { type: "vzdump", id: "", starttime: 900, endtime: 1000, status: "job errors" },
    { type: "vzdump", id: "110", starttime: 800 },
    { type: "startall", id: "", starttime: 1, endtime: 2, status: "OK" },
  );
  return cluster;
}

async function backupOf(cluster: Cluster, silent: readonly string[] = []) {
  const { endpoint, token, certificate } = await served(cluster, { silent });
  const client = openProxmox({ endpoint, token, ca: certificate.cert, timeoutMs: 5000 });
  onTestFinished(() => client.close());
  const { backup, gaps } = await readCluster(client, { backups: true });
  return { backup, gaps };
}

const everything = { ...auditor, "Datastore.AllocateSpace": 1, "VM.Backup": 1 };

test("a token that may see backups is told the newest of each guest, and the runs of each node", async () => {
  const cluster = withBackups();
  cluster.site.permissions = Object.fromEntries(
    ["/", "/nodes", "/vms", "/storage"].map((path) => [path, everything]),
  );
  const { backup } = await backupOf(cluster);
  expect(backup.archives).toEqual([
    { vmid: 110, storage: "nas", madeSec: 3000, bad: true },
    { vmid: 121, storage: "nas", madeSec: 2000 },
  ]);
  expect(backup.runs).toEqual([
    { node: "proxmox2", startSec: 900, endSec: 1000, status: "job errors" },
    { node: "proxmox2", vmid: 110, startSec: 800 },
  ]);
});

test("an auditor's token sees runs only, and the list that Proxmox shortens is not taken for the truth", async () => {
  const { backup } = await backupOf(withBackups());
  expect(backup.archives).toBeUndefined();
  expect(backup.archivesHidden).toContain(
    "lacks Datastore.AllocateSpace on /storage and VM.Backup on /vms",
  );
  expect(backup.runs).toHaveLength(2);
});

test("a silent node is not asked for its backups again", async () => {
  const { backup, gaps } = await backupOf(withBackups(), ["proxmox2"]);
  expect(backup.runs).toEqual([]);
  expect(gaps.map(({ node, what }) => `${node} ${what}`)).toEqual(["proxmox2 node"]);
});
