import type { Context } from "../model";
import type { Guest, GuestMove, ProxmoxState, WorldState } from "../world";

/** Changes the cluster and writes the world; the edit must refuse before it changes anything. */
export function cluster<T>(context: Context, edit: (pve: ProxmoxState, all: WorldState) => T): T {
  // Without quorum /etc/pve is read-only (pve-cluster, Cluster.pm `check_cfs_quorum`).
  if (context.faults.noQuorum) {
    throw new Error("received an HTTP 500 response - Reason: cluster not ready - no quorum?");
  }
  return context.world.change((state) => edit(state.proxmox, state));
}

/** The guest with a VMID, wherever it runs. */
export function guestOf(pve: ProxmoxState, vmid: string | number): Guest | undefined {
  return pve.guests[String(vmid)];
}

/** Refuses a call that goes through a node that does not exist or is off. */
export function assertNode(pve: ProxmoxState, node: string, context: Context): void {
  // pve-cluster, Cluster.pm `check_node_exists`
  if (!pve.nodes.includes(node)) throw new Error(`no such cluster node '${node}'`);
  // The API proxies to the node and answers 595 when that fails (bpg/terraform-provider-proxmox #692).
  if (context.faults.nodeDown(node)) {
    throw new Error(`received an HTTP 595 response - Reason: No route to host (node '${node}')`);
  }
}

/**
 * Refuses a call that the provider's token may not make. A privilege on a path holds below it
 * (pve-access-control, RPCEnvironment.pm `check`).
 */
export function assertPrivilege(pve: ProxmoxState, path: string, privilege: string): void {
  const held = pve.privileges;
  if (held === undefined || holds(held, path, privilege)) return;
  throw new Error(
    `received an HTTP 403 response - Reason: Permission check failed (${path}, ${privilege})`,
  );
}

/** Whether a privilege is held on a path or above it. */
export function holds(
  held: Readonly<Record<string, readonly string[]>>,
  path: string,
  privilege: string,
): boolean {
  return Object.entries(held).some(
    ([above, privileges]) =>
      (above === "/" || path === above || path.startsWith(`${above}/`)) &&
      privileges.includes(privilege),
  );
}

/**
 * Starts a guest on another node because its own died. Nobody turns its replication jobs round until
 * the new node is asked for them.
 */
export function recoverGuest(pve: ProxmoxState, vmid: number, node: string): void {
  const guest = guestOf(pve, vmid);
  if (guest === undefined) throw new Error(`guest ${vmid} does not exist`);
  pve.moves = [...(pve.moves ?? []), { vmid, from: guest.node, to: node, by: "ha" }];
  guest.node = node;
}

/** Turns round the jobs of guests that came to a node (pve-guest-common, ReplicationState.pm `job_status`). */
export function turnJobs(pve: ProxmoxState, node: string): void {
  for (const job of Object.values(pve.replications)) {
    if (guestOf(pve, Number(job.guest))?.node !== node || job.source === node) continue;
    if (job.target === node) job.target = job.source;
    job.source = node;
  }
}

/**
 * Moves a guest as HA does. A replication job to the new node turns round: its target becomes the
 * node the guest came from (pve-guest-common, ReplicationConfig.pm `switch_replication_job_target`).
 */
export function moveGuest(
  pve: ProxmoxState,
  vmid: number,
  node: string,
  why: Pick<GuestMove, "by" | "rule"> = { by: "ha" },
): void {
  const guest = guestOf(pve, vmid);
  if (guest === undefined) throw new Error(`guest ${vmid} does not exist`);
  const from = guest.node;
  guest.node = node;
  pve.moves = [...(pve.moves ?? []), { vmid, from, to: node, ...why }];
  for (const job of Object.values(pve.replications)) {
    if (job.guest !== vmid) continue;
    if (job.target === node) job.target = from;
    job.source = node;
  }
}
