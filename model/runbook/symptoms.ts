import type { Procedure } from "./types";

/** Something that people see, and the procedures that help. */
export interface Symptom {
  /** What is seen, in the words of whoever says it. */
  seen: string;
  /** Procedures, the likeliest first. */
  procedures: Procedure[];
}

/** What is seen, and the ids of procedures; one that ends in `-` stands for each node's. */
const table: readonly (readonly [seen: string, ids: readonly string[]])[] = [
  ["Every service times out at once", ["address-missing", "quorum-lost", "cold-start"]],
  ["`homelab status`: no member has the address", ["address-missing"]],
  [
    "`homelab status`: the address does not take connections from here",
    ["address-missing", "member-unhealthy"],
  ],
  ["Connections break at random, or every second one fails", ["two-masters"]],
  ["`homelab status`: the address is on two members at the same time", ["two-masters"]],
  [
    "`homelab status`: no other member can take the address over",
    ["member-unhealthy", "node-lost-"],
  ],
  ["`homelab status`: a member cannot be asked", ["node-lost-", "unclean-stop"]],
  ["`homelab status`: its service refuses the configuration on disk", ["member-unhealthy"]],
  ["`pulumi up`: an address is no member any more, and its host answers", ["member-leaves"]],
  ["A new route answers on one member only", ["replication-stopped"]],
  [
    "`homelab status`: lsyncd.service is not active, or the configuration differs",
    ["replication-stopped"],
  ],
  ["Browsers warn of a certificate", ["certificate-expired", "replication-stopped"]],
  ["Names answer inside and not from outside", ["tunnel-down"]],
  ["`homelab status`: the tunnel is down, or has one connector", ["tunnel-down"]],
  ["A node is offline", ["node-lost-"]],
  ["A node reset itself", ["unclean-stop", "quorum-lost"]],
  ['"cluster not ready - no quorum?"', ["quorum-lost"]],
  ["A guest runs with old data", ["stale-replica"]],
  ["A guest is down though its node runs, and HA does not start it again", ["ha-error"]],
  ["A container does not start after a power cut", ["unclean-stop", "cold-start"]],
  ["`pulumi up`: the stack is currently locked, or has pending operations", ["state-locked"]],
  ["A kernel upgrade, or work on the hardware of a node", ["planned-reboot-"]],
  ["A node is broken for good", ["replace-"]],
];

/** Troubleshooting by symptom, for the procedures of one house; what leads nowhere there is left out. */
export function symptoms(procedures: readonly Procedure[]): Symptom[] {
  return table.flatMap(([seen, ids]) => {
    const found = ids.flatMap((id) =>
      procedures.filter((one) => (id.endsWith("-") ? one.id.startsWith(id) : one.id === id)),
    );
    return found.length > 0 ? [{ seen, procedures: found }] : [];
  });
}
