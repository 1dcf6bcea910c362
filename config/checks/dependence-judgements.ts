import { addTo } from "../../model/maps";
import { hint } from "../file/nearest";
import type { Problem } from "../file/problem";
import type { Path } from "../file/raw";
import { isDatabase } from "../guest-facts";
import type { StackConfig } from "../stack";
import { type addressSections, sectionsOf } from "../virtual-addresses";

const problem = (
  path: Path,
  message: string,
  severity: Problem["severity"] = "error",
): Problem => ({
  path,
  message,
  severity,
});

/** What each service needs, by name; those of the network sections need no guest by name. */
function needsByService(stack: StackConfig): Map<string, string[]> {
  const { guests, tunnels, cluster } = stack;
  const needs = new Map<string, string[]>();
  const add = (name: string, more: readonly string[]) =>
    needs.set(name, [...(needs.get(name) ?? []), ...more]);
  for (const { name: section } of sectionsOf()) {
    const entries = stack[section as keyof typeof addressSections];
    for (const name of Object.keys(entries)) add(`${section}.${name}`, []);
  }
  for (const name of Object.keys(tunnels)) {
    add(`tunnels.${name}`, cluster.outside.cloudflare ? ["cloudflare"] : []);
  }
  for (const [name, guest] of Object.entries(guests)) add(guest.serves ?? name, guest.needs);
  for (const [name, outside] of Object.entries(cluster.outside)) add(name, outside.needs);
  return needs;
}

/** Names under `needs` that are nothing, and needs that lead back to where they began. */
export function needsProblems(stack: StackConfig): Problem[] {
  const services = needsByService(stack);
  const stated: { path: Path; name: string; needs: readonly string[] }[] = [
    ...Object.entries(stack.guests).map(([guest, { needs, serves = guest }]) => ({
      path: ["guests", guest, "needs"],
      name: serves,
      needs,
    })),
    ...Object.entries(stack.cluster.outside).map(([name, { needs }]) => ({
      path: ["cluster", "outside", name, "needs"],
      name,
      needs,
    })),
  ];
  const leadsTo = (from: string, to: string, seen: Set<string>): boolean => {
    if (from === to) return true;
    if (seen.has(from)) return false;
    seen.add(from);
    return (services.get(from) ?? []).some((next) => leadsTo(next, to, seen));
  };
  return stated.flatMap(({ path, name, needs }) =>
    needs.flatMap((need, index) => {
      if (!services.has(need)) {
        return [
          problem(
            [...path, index],
            `there is no service or outside thing "${need}"; ${hint(need, [...services.keys()])}`,
          ),
        ];
      }
      return leadsTo(need, name, new Set())
        ? [
            problem(
              [...path, index],
              `"${name}" needs "${need}", which needs "${name}"; take one out`,
            ),
          ]
        : [];
    }),
  );
}

/** Databases that serve the same, and of which nothing says that one takes over. */
export function standbyProblems({ guests }: StackConfig): Problem[] {
  const serving = new Map<string, string[]>();
  for (const [name, { serves }] of Object.entries(guests)) {
    if (serves !== undefined) addTo(serving, serves, name);
  }
  return [...serving].flatMap(([serves, names]) => {
    const unsaid = names.filter((name) => {
      const guest = guests[name];
      return guest && guest.replicated === undefined && isDatabase(name, guest);
    });
    const [first] = unsaid;
    if (names.length < 2 || first === undefined) return [];
    return [
      problem(
        ["guests", first, "replicated"],
        `${names.join(" and ")} serve "${serves}", and nothing says that the data of ${unsaid.join(" and ")} is replicated and another takes over: they count as no failover; state replicated: true or false on each`,
        "warning",
      ),
    ];
  });
}

/** Backups that a restore cannot count on. */
export function backupProblems({ cluster, guests }: StackConfig): Problem[] {
  if (!cluster.backup) return [];
  const { storage: name, on } = cluster.backup;
  const storage = cluster.storages[name];
  const carrier = on === undefined ? undefined : guests[on];
  if (on !== undefined && !carrier && !cluster.nodes[on] && on !== "outside") {
    const known = [...Object.keys(cluster.nodes), ...Object.keys(guests), "outside"];
    return [
      problem(
        ["cluster", "backup", "on"],
        `there is no guest or node "${on}", and it is not outside; ${hint(on, known)}`,
      ),
    ];
  }
  const found: Problem[] = [];
  if (storage?.kind === "ceph" || storage?.kind === "zfs") {
    const what = storage.kind === "ceph" ? "Ceph (RBD)" : "a ZFS pool";
    found.push(
      problem(
        ["cluster", "backup", "storage"],
        `"${name}" is ${what}, which holds disks and no backups; name a directory, NFS or Proxmox Backup Server storage`,
      ),
    );
  }
  const covered = Object.values(guests).some(({ backup }) => backup);
  if (!storage && on === undefined && covered) {
    found.push(
      problem(
        ["cluster", "backup", "storage"],
        `"${name}" is not in homelab:cluster.storages, so nobody knows on which node the backups are, and no restore is promised; declare the storage there, or state cluster.backup.on: a node, a guest, or outside`,
        "warning",
      ),
    );
  }
  if (storage?.kind === "local" && on === undefined && covered) {
    const [first = ""] = storage.nodes;
    const where = storage.nodes.length > 1 ? "on the node of each guest" : `on ${first}`;
    found.push(
      problem(
        ["cluster", "backup", "storage"],
        `"${name}" is local, so the backups are ${where}, and lost with its disks; keep them on a storage outside the nodes they protect, or state cluster.backup.on`,
        "warning",
      ),
    );
  }
  const place = carrier?.node ?? (on !== undefined && cluster.nodes[on] ? on : undefined);
  const beside = Object.entries(guests).flatMap(([guest, { node, backup }]) =>
    backup && node === place && guest !== on ? [guest] : [],
  );
  if (place !== undefined && beside.length > 0) {
    found.push(
      problem(
        ["cluster", "backup", "on"],
        `the backups are on ${place}, the node of ${beside.join(", ")}: when its disks are lost, so are the backups of these; keep a copy elsewhere, or move the guests`,
        "warning",
      ),
    );
  }
  return found;
}
