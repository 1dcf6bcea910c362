import { listed } from "../text";
import { moveCommand } from "./advice";
import type { AuditContext, AuditFinding } from "./types";

/** Nodes that a stack file names and the cluster lacks, and guests that are not as it says. */
export function judgeDrift(context: AuditContext): AuditFinding[] {
  const { cluster, wanted, guestOf } = context;
  if (!wanted) return [];
  const names = cluster.nodes.map(({ name }) => name);
  const differs = (
    severity: AuditFinding["severity"],
    subject: string,
    message: string,
    fix: string,
  ): AuditFinding => ({ rule: "differs-from-stack-file", severity, subject, message, fix });
  const absent = wanted.nodes.filter((node) => !names.includes(node));
  const extra = names.filter((node) => !wanted.nodes.includes(node));
  const missing = wanted.guests.filter(({ sid }) => !guestOf.has(sid));
  const away = wanted.guests.filter(({ sid, node }) => {
    const guest = guestOf.get(sid);
    return guest && guest.node !== node;
  });
  const where = away.map(
    ({ sid, name, node }) => `${name} on ${guestOf.get(sid)?.node} (home ${node})`,
  );
  return [
    ...(absent.length > 0
      ? [
          differs(
            "warning",
            listed(absent),
            `${wanted.file} names ${absent.length === 1 ? "a node" : "nodes"} that the cluster ${cluster.name ?? ""} does not have: ${listed(absent)}`,
            "correct the stack file, or ask the right cluster (PROXMOX_VE_ENDPOINT)",
          ),
        ]
      : []),
    ...(extra.length > 0
      ? [
          differs(
            "note",
            listed(extra),
            `${wanted.file} does not know ${listed(extra)}`,
            "add it to cluster.nodes",
          ),
        ]
      : []),
    ...(missing.length > 0
      ? [
          differs(
            "warning",
            listed(missing.map(({ name }) => name)),
            `${wanted.file} names guests that the cluster does not have: ${listed(missing.map(({ name, sid }) => `${name} (${sid})`))}`,
            "create them, or take them out of the stack file",
          ),
        ]
      : []),
    ...(away.length > 0
      ? [
          differs(
            "note",
            listed(away.map(({ name }) => name)),
            `not on their home node: ${listed(where, 8)}`,
            homecoming(context, away),
          ),
        ]
      : []),
  ];
}

/** How guests get home; those that HA would move off again are left where they are. */
function homecoming(context: AuditContext, away: readonly { sid: string; node: string }[]): string {
  const commands = away.flatMap(({ sid, node }) => {
    const guest = context.guestOf.get(sid);
    const command = guest && context.living.includes(node) && moveCommand(context, guest, node);
    return command ? [command] : [];
  });
  if (commands.length === 0) {
    return "nothing is lost; their placement prefers other nodes, or their home does not answer";
  }
  return `nothing is lost; move them back when convenient: ${commands.slice(0, 8).join(" && ")}`;
}
