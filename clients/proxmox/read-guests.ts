import { z } from "zod";
import type { Gap, GuestConfigSnapshot, GuestSnapshot } from "../../model/cluster-snapshot";
import { guestConfigAnswer, guestItem } from "./answers";
import type { Proxmox } from "./client";
import { ProxmoxError } from "./errors";
import { guestConfig, type Mappings } from "./guest-config";
import { gapOf } from "./read-nodes";

type GuestItem = z.output<typeof guestItem>;

/**
 * Reads every guest with its configuration. Configurations of guests on silent nodes are left out:
 * the API asks the node itself for them.
 *
 * @throws ProxmoxError of the kind `vanished` for a guest that is deleted meanwhile
 */
export async function readGuests(
  client: Proxmox,
  silent: ReadonlySet<string>,
  mappings: Mappings,
): Promise<{ guests: GuestSnapshot[]; gaps: Gap[] }> {
  const items = await list(client);
  const gaps: Gap[] = [];
  const guests = await Promise.all(
    items.map(async (listed) => {
      if (silent.has(listed.node)) return snapshot(listed);
      try {
        const { item, config } = await follow(client, listed, mappings);
        return snapshot(item, config);
      } catch (error) {
        const gap = gapOf(error, `configuration of ${listed.vmid}`, listed.node);
        if (!gap.unreachable || !gaps.some(({ node }) => node === gap.node)) gaps.push(gap);
        return snapshot(listed);
      }
    }),
  );
  return { guests: guests.sort((a, b) => a.vmid - b.vmid), gaps };
}

async function list(client: Proxmox): Promise<GuestItem[]> {
  return client.get("/cluster/resources", z.array(guestItem), { type: "vm" });
}

const read = (client: Proxmox, { node, type, vmid }: GuestItem, mappings: Mappings) =>
  client
    .get(`/nodes/${node}/${type}/${vmid}/config`, guestConfigAnswer)
    .then((values) => guestConfig(values, mappings));

/** A guest that is no longer on its node is looked for once: HA may just have moved it. */
async function follow(client: Proxmox, item: GuestItem, mappings: Mappings) {
  try {
    return { item, config: await read(client, item, mappings) };
  } catch (error) {
    if (!isGone(error)) throw error;
  }
  const again = (await list(client)).find(({ vmid }) => vmid === item.vmid);
  if (again === undefined || again.node === item.node) throw vanished(client, item);
  try {
    return { item: again, config: await read(client, again, mappings) };
  } catch (error) {
    throw isGone(error) ? vanished(client, item) : error;
  }
}

/** pve-cluster, Cluster.pm: "Configuration file 'nodes/x/lxc/1.conf' does not exist". */
function isGone(error: unknown): boolean {
  return (
    error instanceof ProxmoxError && error.kind === "refused" && /does not exist/.test(error.reason)
  );
}

function vanished(client: Proxmox, { type, vmid, name = "", node }: GuestItem): ProxmoxError {
  return new ProxmoxError(
    "vanished",
    `${client.origin}: ${type}/${vmid} (${name}) was listed on ${node} and is gone: it is being deleted or moved; run this again when that is done`,
  );
}

function snapshot(item: GuestItem, config?: GuestConfigSnapshot): GuestSnapshot {
  const type = item.type === "lxc" ? "ct" : "vm";
  return {
    vmid: item.vmid,
    type,
    sid: `${type}:${item.vmid}`,
    // A node that is off tells neither; an invented name would look like one.
    name: item.name ?? `${type}:${item.vmid}`,
    node: item.node,
    running: item.status === "running",
    ...(item.status === "unknown" && { stateUnknown: true }),
    template: item.template ?? false,
    ...(item.maxcpu !== undefined && { cores: item.maxcpu }),
    ...(item.maxmem !== undefined && { memoryBytes: item.maxmem }),
    tags: item.tags ?? [],
    ...(item.pool && { pool: item.pool }),
    ...(config && { config }),
  };
}
