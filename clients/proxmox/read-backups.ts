import { z } from "zod";
import type {
  BackupArchive,
  BackupRun,
  ClusterSnapshot,
  Gap,
  StorageSnapshot,
} from "../../model/cluster-snapshot";
import { archiveItem, permissionsAnswer, taskItem } from "./answers";
import type { Proxmox } from "./client";
import { gapOf } from "./read-nodes";

/** Runs of backups that are looked at on each node. */
const RUNS = 20;

/** What a token needs to be shown backups in a storage (pve-storage, Storage.pm `check_volume_access`). */
const needed: readonly (readonly [path: string, privilege: string])[] = [
  ["/storage", "Datastore.AllocateSpace"],
  ["/vms", "VM.Backup"],
];

/** How backups went: what nodes say of their last runs, and what lies in the storages. */
export async function readBackups(
  client: Proxmox,
  nodes: readonly string[],
  storages: readonly StorageSnapshot[],
): Promise<{ backup: Partial<ClusterSnapshot["backup"]>; gaps: Gap[] }> {
  const gaps: Gap[] = [];
  const ask = async <T>(what: string, node: string, read: () => Promise<T[]>): Promise<T[]> => {
    try {
      return await read();
    } catch (error) {
      gaps.push(gapOf(error, what, node));
      return [];
    }
  };
  const runs = await Promise.all(
    nodes.map((node) => ask("backup runs", node, () => runsOn(client, node))),
  );
  const missing = await missingPrivileges(client);
  if (missing.length > 0) {
    const reason = `the API token lacks ${missing.join(" and ")}, without which Proxmox leaves backups out of what a storage holds`;
    return { backup: { runs: runs.flat(), archivesHidden: reason }, gaps };
  }
  const places = storages
    .filter(({ content, disabled }) => content.includes("backup") && !disabled)
    .flatMap((storage) => {
      const here = nodes.filter((node) => storage.nodes?.includes(node) ?? true);
      return (storage.shared ? here.slice(0, 1) : here).map((node) => ({
        node,
        name: storage.name,
      }));
    });
  const archives = await Promise.all(
    places.map(({ node, name }) =>
      ask(`backups in ${name}`, node, () => archivesIn(client, node, name)),
    ),
  );
  return { backup: { runs: runs.flat(), archives: newest(archives.flat()) }, gaps };
}

async function runsOn(client: Proxmox, node: string): Promise<BackupRun[]> {
  const tasks = await client.pages(
    `/nodes/${node}/tasks`,
    taskItem,
    { typefilter: "vzdump" },
    RUNS,
  );
  return tasks.map(({ id, starttime, endtime, status }) => ({
    node,
    ...(/^\d+$/.test(id ?? "") && { vmid: Number(id) }),
    startSec: starttime,
    ...(endtime !== undefined && { endSec: endtime }),
    ...(status !== undefined && { status }),
  }));
}

async function archivesIn(
  client: Proxmox,
  node: string,
  storage: string,
): Promise<BackupArchive[]> {
  const items = await client.get(
    `/nodes/${node}/storage/${storage}/content`,
    z.array(archiveItem),
    { content: "backup" },
  );
  return items.flatMap(({ vmid, ctime, verification }) =>
    vmid === undefined || ctime === undefined
      ? []
      : [
          {
            vmid,
            storage,
            madeSec: ctime,
            ...(verification?.state === "failed" && { bad: true as const }),
          },
        ],
  );
}

/** The newest backup of each guest. */
function newest(archives: readonly BackupArchive[]): BackupArchive[] {
  const found = new Map<number, BackupArchive>();
  for (const archive of archives) {
    const known = found.get(archive.vmid);
    if (!known || known.madeSec < archive.madeSec) found.set(archive.vmid, archive);
  }
  return [...found.values()].sort((a, b) => a.vmid - b.vmid);
}

async function missingPrivileges(client: Proxmox): Promise<string[]> {
  const held = await client.get("/access/permissions", permissionsAnswer);
  const has = (path: string, privilege: string) =>
    [held[path], held["/"]].some((privileges) => privileges?.[privilege] === true);
  if (has("/storage", "Datastore.Allocate")) return [];
  return needed
    .filter(([path, privilege]) => !has(path, privilege))
    .map(([path, privilege]) => `${privilege} on ${path}`);
}
