import type { ClusterSnapshot } from "../cluster-snapshot";
import { NODE_NAME } from "../names";
import { adoptBackup } from "./backup";
import {
  adoptHaOptions,
  adoptNodes,
  adoptQuorumDevice,
  adoptSegments,
  adoptStorages,
} from "./cluster";
import { adoptGroups } from "./groups";
import { adoptGuests, guestNames } from "./guests";
import { stackName } from "./names";
import { tellReplication } from "./replication";
import type { Draft, LeftOut, Note, Reasons, Section, Source } from "./types";

export type { Draft, DraftGroup, LeftOut, Note, Reasons } from "./types";

/**
 * Why a cluster cannot be taken over at all: what is not known would be guessed, and what is in
 * motion would be other a minute later.
 *
 * @returns where, what and the fix in one sentence
 */
export function refusalToAdopt(cluster: ClusterSnapshot): string | undefined {
  const { version, nodes, ha, gaps, origin } = cluster;
  if (version.major !== 8 && version.major !== 9) {
    return `${origin}: found Proxmox VE ${version.version}, expected version 8 or 9; upgrade the cluster first`;
  }
  const [gap] = gaps;
  if (gap) {
    return `${gap.reason}; adopting takes every node and guest, so run this again when it answers`;
  }
  const releases = new Set(
    nodes.flatMap(({ pveVersion }) => /pve-manager\/(\d+)/.exec(pveVersion ?? "")?.[1] ?? []),
  );
  if (releases.size > 1 || (version.major === 9 && ha.groups.length > 0)) {
    const found =
      releases.size > 1
        ? `its nodes run versions ${[...releases].sort().join(" and ")}`
        : "version 9 has not made rules of its HA groups yet";
    return `${origin}: the cluster is being upgraded (${found}); finish that, and run this again when Datacenter, HA, Groups is empty`;
  }
  const bare = nodes.find(({ address }) => !/^\d+\.\d+\.\d+\.\d+$/.test(address ?? ""));
  if (bare) {
    return `${origin}: node ${bare.name} has the address ${bare.address ?? "none"}, expected an IPv4 address, which the stack file must state; adopt this cluster by hand`;
  }
  const odd = nodes.find(({ name }) => !NODE_NAME.test(name));
  if (odd) {
    return `${origin}: the node name "${odd.name}" cannot be written in a stack file, which takes letters, digits and hyphens; adopt this cluster by hand`;
  }
  return undefined;
}

/**
 * The stack file of a cluster as it is. It is still to be checked: what the check refuses is handed
 * back in `leave`, and stays as it is in the cluster.
 *
 * @param leave by HA id (`ct:110`) or `rule <id>`: why it is not taken over
 */
export function draftOf(cluster: ClusterSnapshot, leave: Reasons): Draft {
  const left: LeftOut[] = [];
  const notes: Note[] = [];
  const source: Source = { cluster, names: guestNames(cluster.guests, left), left, notes };
  const { sections, groups } = adoptGroups(source, leave);
  tellReplication(source, new Set(groups.flatMap(({ sids }) => sids)));
  const storages = adoptStorages(source);
  const backup = adoptBackup(source, groups);
  const nodes = adoptNodes(source);
  return {
    cluster: {
      name: stackName(cluster.name ?? cluster.nodes[0]?.name ?? "cluster", new Set(), "cluster"),
      pveVersion: cluster.version.major,
      nodes,
      segments: adoptSegments(source),
      storages: storageSections(storages),
      ...adoptQuorumDevice(source),
      ...adoptHaOptions(source),
      backup: backup.section,
    },
    guests: adoptGuests(source, storages, backup.saved, leave),
    haGroups: sections,
    groups,
    notes,
    left,
  };
}

function storageSections(storages: ReturnType<typeof adoptStorages>): Record<string, Section> {
  return Object.fromEntries([...storages.values()].map(({ name, section }) => [name, section]));
}
