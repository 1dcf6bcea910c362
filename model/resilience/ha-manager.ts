import { addAssigned, addRunning, missingMb, usageWithout } from "../capacity/capacity";
import { type ClusterIndex, type ClusterState, sidOf } from "./cluster";
import { chooseNode, type Managed, type Manager, type Preference } from "./node-choice";
import type { GuestModel } from "./types";

/** Rounds after which two guests that never agree are left alone. */
const MOST_ROUNDS = 60;

/** The nodes that carry its disk, as far as its data dies with nodes. */
export function carriers(index: ClusterIndex, guest: GuestModel): string[] | undefined {
  const kind = index.cluster.storages[guest.storage]?.kind;
  if (kind === "zfs") return [guest.node, ...(guest.replica?.nodes ?? [])];
  return kind === "local" ? [guest.node] : undefined;
}

/**
 * The guests that are not where their rules would have them while nothing is lost. One that HA would
 * move at once is left out: no loss makes it move.
 */
export function restlessGuests(index: ClusterIndex, healthy: ClusterState): GuestModel[] {
  const { nodes } = index.cluster;
  const manager = { index, state: healthy, usage: index.usage, managed: new Map() };
  return index.cluster.guests.filter((guest) => {
    const ha = index.ha.get(guest.name);
    if (!ha) return false;
    const priorityOf = (node: string) => ha.nodes[node] ?? -1;
    const low = nodes.some((node) => priorityOf(node) > priorityOf(guest.node));
    const spread = [...(index.together.get(guest.name) ?? [])].some(
      (name) => index.guests.get(name)?.node !== guest.node,
    );
    if (!low && !spread) return false;
    const choice = chooseNode(manager, managedGuest(index, guest, ha, true), "stay");
    return choice === undefined || choice.node === guest.node;
  });
}

function managedGuest(
  index: ClusterIndex,
  guest: GuestModel,
  ha: Managed["ha"],
  running: boolean,
): Managed {
  return {
    guest,
    ha,
    node: guest.node,
    state: running ? "started" : "silent",
    running,
    disks: new Set(carriers(index, guest) ?? index.cluster.storages[guest.storage]?.nodes),
    stuck: false,
    failed: false,
    failures: [],
  };
}

/** The recovered guests, and those that run and may have to follow them. */
function managedOf(
  index: ClusterIndex,
  state: ClusterState,
  lost: readonly GuestModel[],
): Map<string, Managed> {
  const found = new Map<string, Managed>();
  const add = (guest: GuestModel) => {
    const ha = index.ha.get(guest.name);
    if (!ha || found.has(guest.name)) return;
    found.set(guest.name, managedGuest(index, guest, ha, !state.failed.has(guest.node)));
  };
  for (const guest of lost) add(guest);
  for (const guest of index.restless) if (!state.failed.has(guest.node)) add(guest);
  // The map grows while it is walked: whoever is kept together with a member joins at its end.
  for (const { guest } of found.values()) {
    for (const name of index.together.get(guest.name) ?? []) {
      const partner = index.guests.get(name);
      if (partner && !state.failed.has(partner.node)) add(partner);
    }
  }
  return new Map([...found].sort(([, a], [, b]) => (sidOf(a.guest) < sidOf(b.guest) ? -1 : 1)));
}

/** One look of the master at one guest; true when that changed its state. */
function look(manager: Manager, one: Managed): boolean {
  const { usage } = manager;
  const failed = one.failed;
  one.failed = false;
  if (failed && one.failures.length > (one.ha.maxRelocate ?? 1)) {
    one.state = "error";
    return true;
  }
  if (one.state !== "recovery" && (one.state !== "started" || one.stuck)) return false;
  const choice = chooseNode(manager, one, wish(one, failed));
  if (choice === undefined) return false;
  if (one.state === "started" && choice.node === one.node) return false;
  addAssigned(usage, choice.node, one.guest);
  one.choice = choice;
  if (one.state === "recovery") {
    one.node = choice.node;
    one.state = "started";
  } else {
    one.target = choice.node;
    one.state = "moving";
  }
  return true;
}

function wish({ state }: Managed, failed: boolean): Preference {
  if (state === "recovery") return "best";
  return failed ? "next" : "stay";
}

/** Why a guest does not start where HA has put it; Proxmox itself does not look at free memory. */
function startTrouble({ index, usage }: Manager, one: Managed): "disk" | "memory" | undefined {
  if (!one.disks.has(one.node)) return "disk";
  return missingMb(index.cluster, usage, one.node, one.guest) > 0 ? "memory" : undefined;
}

/** Moves a guest; it leaves a node only with its disk, which is copied along if need be. */
function move({ index, usage }: Manager, one: Managed, target: string): void {
  const { guest, node } = one;
  const reachable = index.cluster.storages[guest.storage]?.nodes.includes(target) ?? false;
  const moved = one.disks.has(node) && reachable;
  addAssigned(usage, moved ? node : target, guest, -1);
  if (moved && one.running) {
    addRunning(usage, node, guest, -1);
    addRunning(usage, target, guest);
  }
  if (moved) one.node = target;
  if (moved) one.disks.add(target);
  one.stuck = !moved && one.running;
  one.state = "started";
  delete one.target;
}

/** What the nodes do between two rounds of the master: they move and start guests. */
function act(manager: Manager, one: Managed): boolean {
  if (one.state === "moving" && one.target !== undefined) {
    move(manager, one, one.target);
    return true;
  }
  if (one.state !== "started" || one.running) return false;
  const why = startTrouble(manager, one);
  if (why === undefined) {
    addRunning(manager.usage, one.node, one.guest);
    one.running = true;
  } else {
    one.failures.push({ node: one.node, why });
    one.failed = true;
  }
  return true;
}

/**
 * What the HA manager does with the guests of lost nodes until nothing changes any more: all of
 * them in the order of their ids, whichever node they were on, then the starts, then those that
 * failed, and whoever is kept together with a guest follows it.
 * pve-ha-manager, `manage` in Manager.pm.
 *
 * @param lost guests under HA whose nodes are gone
 */
export function recoverGuests(
  index: ClusterIndex,
  state: ClusterState,
  lost: readonly GuestModel[],
): Manager {
  const manager: Manager = {
    index,
    state,
    usage: usageWithout(index.usage, state.failed),
    // Without quorum there is no master.
    managed: state.quorum ? managedOf(index, state, lost) : new Map(),
  };
  const all = [...manager.managed.values()];
  const each = (does: (manager: Manager, one: Managed) => boolean) =>
    all.reduce((changed, one) => does(manager, one) || changed, false);
  const settle = () => {
    for (let round = 0; round < MOST_ROUNDS; round += 1) {
      let changed = false;
      while (each(look)) changed = true;
      if (!each(act) && !changed) return;
    }
  };
  // HA does without silent nodes at once, and fences them a minute later.
  if (index.restless.length > 0) settle();
  for (const one of all) if (one.state === "silent") one.state = "recovery";
  settle();
  return manager;
}
