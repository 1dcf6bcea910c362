import { clusterModel } from "../../config/cluster-model";
import type { StackConfig } from "../../config/stack";
import { explain } from "../../model/resilience/resilience";
import { timeline } from "../../model/resilience/timeline";
import { addressOf } from "../../model/text";
import type { Picture, PictureGuest, Topology } from "../report/picture/types";
import { virtualAddressesOf } from "./judgement";

/** The topology of a stack, and what follows the loss of each of its nodes. */
export function pictureOf(stack: StackConfig): Picture {
  const cluster = clusterModel(stack);
  return {
    topology: topologyOf(stack),
    timelines: cluster.nodes.map((node) => ({
      node,
      steps: timeline(cluster, explain(cluster, [node])),
    })),
  };
}

/** What stands where in a stack, and which addresses lead to it. */
export function topologyOf(stack: StackConfig): Topology {
  const { guests, nodes } = clusterModel(stack);
  const { backup } = stack.cluster;
  const shown = guests.map(({ name, node, storage, ha, replica, backup: copied }) => {
    const { vmid = 0, address } = stack.guests[name] ?? {};
    const guest: PictureGuest = {
      name,
      vmid,
      ...(address !== undefined && address !== "dhcp" && { address: addressOf(address) }),
      storage,
      ...(ha && { haGroup: ha.group }),
      copiedTo: (replica?.nodes ?? []).filter((one) => one !== node),
      backup: copied,
    };
    return { node, guest };
  });
  return {
    nodes: nodes.map((name) => ({
      name,
      guests: shown
        .filter(({ node }) => node === name)
        .map(({ guest }) => guest)
        .sort((a, b) => a.vmid - b.vmid),
    })),
    addresses: virtualAddressesOf(stack).map(({ section, name, vip, members }) => ({
      name: `${section}.${name}`,
      vip: addressOf(vip),
      members: members.map((member) => ({ name: member.name, node: member.node })),
    })),
    ...(backup && {
      backup: {
        storage: backup.storage,
        on: backup.on ?? stack.cluster.storages[backup.storage]?.nodes.join(", ") ?? "not stated",
        everyHours: backup.everyHours,
      },
    }),
  };
}
