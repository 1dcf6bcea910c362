/** What the HA group of a guest asks for, and what it has to move it with. */
export interface GroupFacts {
  /** Nodes with their priorities. */
  nodes: Readonly<Record<string, number>>;
  /** Whether the guest may run on `nodes` only. */
  strict: boolean;
  /** Where its disk is. */
  kind: "ceph" | "shared" | "zfs" | "local";
  /** Nodes that have its storage. */
  storageNodes: readonly string[];
  /** Whether the group replicates its guests. */
  replicates: boolean;
  /** Size of its disk in GB. @default not known */
  diskGb?: number | undefined;
  /** Whether the program moves it home, over SSH; otherwise HA does, where its placement asks for it. */
  moves: boolean;
}

/** A guest of an HA group that HA does not manage yet. */
interface Newcomer {
  vmid: number;
  name: string;
  type: "ct" | "vm";
  /** Node on which it belongs. */
  node: string;
}

/** MB that a copy between two nodes moves in a second: a gigabit network, with something to spare. */
const COPY_MB_PER_SEC = 100;

/**
 * What the update will do to a guest that is not at home when HA takes it over, and what it costs.
 *
 * @param on node on which it runs now
 */
export function firstMoveNote(guest: Newcomer, on: string, group: GroupFacts): string {
  const what = `${guest.vmid} ${guest.name}: runs on ${on}, declared on ${guest.node}, not under HA yet`;
  if (group.moves) {
    return `${what}; this update moves it to ${guest.node} before it puts it under HA: ${downtime(guest, on, group)}; to leave it there, declare \`node: ${on}\``;
  }
  const targets = preferred(group);
  if (targets.length === 0 || targets.includes(on)) {
    return `${what}; it stays there, for its HA group prefers no other node; move it before the update, or declare \`node: ${on}\``;
  }
  const where =
    targets.length === 1
      ? `to ${targets[0]}`
      : `to ${targets.slice(0, -1).join(", ")} or ${targets.at(-1)}, whichever carries fewer HA resources`;
  return `${what}; HA moves it ${where} as soon as its placement is written: ${downtime(guest, on, group)}; to choose the time and the node, move it before the update${strayJob(guest, on, group, targets)}`;
}

/** A guest that HA fetches from outside its strict group takes its job's target with it: the old node. */
function strayJob(guest: Newcomer, on: string, group: GroupFacts, targets: readonly string[]) {
  const { kind, replicates, strict, nodes } = group;
  const elsewhere = targets.filter((node) => node !== guest.node);
  if (kind !== "zfs" || !replicates || !strict || on in nodes || elsewhere.length === 0) return "";
  return `; on ${elsewhere.join(" or ")} its replication job points back at ${on}, outside its group: then delete that job (pvesr list, pvesr delete <id>), run homelab sync-state and pulumi up, which makes it anew`;
}

/** How long a move takes the guest away. */
function downtime({ type, node }: Newcomer, on: string, group: GroupFacts): string {
  const { kind, diskGb } = group;
  const reachable = kind === "ceph" || kind === "shared";
  if (type === "vm") return reachable ? "live, not down" : "live, while its disk is copied";
  if (reachable || isReplicated(node, on, group)) {
    return "it restarts there, down for about 20 s";
  }
  if (diskGb === undefined) return "down while its disk is copied, about 10 s for each GB";
  const minutes = Math.max(1, Math.ceil((diskGb * 1024) / COPY_MB_PER_SEC / 60));
  return `down while its disk is copied, about ${minutes} min for ${diskGb} GB`;
}

/** Whether a job copies its disk home before it moves: between nodes that its group allows. */
function isReplicated(home: string, on: string, group: GroupFacts): boolean {
  const { kind, replicates, storageNodes, strict, nodes } = group;
  const copied = [home, on].every(
    (node) => storageNodes.includes(node) && (!strict || node in nodes),
  );
  return kind === "zfs" && replicates && copied;
}

/** The nodes of the highest class: where HA puts a guest while every node is online. */
function preferred({ nodes }: GroupFacts): string[] {
  const highest = Math.max(...Object.values(nodes));
  return Object.keys(nodes)
    .filter((node) => nodes[node] === highest)
    .sort();
}
