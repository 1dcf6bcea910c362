import ipaddr from "ipaddr.js";
import type { z } from "zod";
import { addressPrefix, ipAddress, name, vmid } from "../../../config/sections/network";
import { cidrContains } from "../../../model/network/addresses";
import { addressOf } from "../../../model/text";
import { UsageError } from "../../lib/usage";

/** Kinds of storage that a few words describe; Ceph also needs its monitors and OSDs. */
export const storageKinds = ["zfs", "shared", "local"] as const;

/** What `init` has to know; the rest of a stack file has defaults. */
export interface Answers {
  pveVersion: 8 | 9;
  nodes: { name: string; address: string }[];
  /** Router and network of the nodes. */
  network: { gateway: string; cidr: string };
  storages: { name: string; kind: string; nodes: string[] }[];
  /** Host outside the cluster that votes. @default none */
  quorumDevice?: string;
  /** Storage of the backups. @default none are made */
  backup?: string;
  pair?: { vip: string; members: PairMember[] };
}

/** A container of a Traefik pair. */
export interface PairMember {
  name: string;
  vmid: number;
  node: string;
  address: string;
}

/** Reads a value with the rules of the stack file. */
function checked<S extends z.ZodType>(what: string, schema: S, value: unknown): z.output<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new UsageError(`${what}: ${result.error.issues[0]?.message ?? "is not allowed"}`);
}

/** `pve1=192.168.1.11`. */
export function nodeOf(text: string): Answers["nodes"][number] {
  const [node, address, ...rest] = text.split("=");
  if (address === undefined || rest.length > 0)
    throw new UsageError(
      `--node: found "${text}", expected NAME=ADDRESS; write e.g. pve1=192.168.1.11`,
    );
  return {
    name: checked("--node", name, node?.trim()),
    address: checked(`--node ${node}`, ipAddress, address.trim()),
  };
}

/** `192.168.1.1/24`, the router with the prefix length of its network. */
export function networkOf(value: string): Answers["network"] {
  const [gateway = "", prefix = ""] = checked("--gateway", addressPrefix, value).split("/");
  const family = gateway.includes(":") ? ipaddr.IPv6 : ipaddr.IPv4;
  const first = family.networkAddressFromCIDR(`${gateway}/${prefix}`).toString();
  return { gateway, cidr: `${first}/${prefix}` };
}

/** `local-zfs=zfs`, or `tank=local:pve1,pve2` for a storage that not every node has. */
export function storageOf(
  text: string,
  nodes: readonly { name: string }[],
): Answers["storages"][number] {
  const [, storage = "", kind = "", on] = /^([^=]*)=([^:]*)(?::(.*))?$/.exec(text) ?? [];
  if (!storageKinds.some((known) => known === kind))
    throw new UsageError(
      `--storage: found "${text}", expected NAME=KIND with ${storageKinds.join(", ")}; write e.g. local-zfs=zfs, and add a Ceph storage to the file by hand`,
    );
  const all = nodes.map((node) => node.name);
  const listed = on === undefined ? all : on.split(",").map((node) => node.trim());
  const stranger = listed.find((node) => !all.includes(node));
  if (stranger !== undefined)
    throw new UsageError(
      `--storage ${storage}: there is no node "${stranger}", only ${all.join(", ")}; correct it, or add --node ${stranger}=ADDRESS`,
    );
  return { name: checked("--storage", name, storage), kind, nodes: listed };
}

/** `traefik-1,110,pve1,192.168.1.21`. */
export function memberOf(text: string): PairMember {
  const [guest, id, node = "", address, ...rest] = text.split(",").map((part) => part.trim());
  if (address === undefined || rest.length > 0)
    throw new UsageError(
      `--traefik: found "${text}", expected NAME,VMID,NODE,ADDRESS; write e.g. traefik-1,110,pve1,192.168.1.21`,
    );
  return {
    name: checked("--traefik", name, guest),
    vmid: checked(`--traefik ${guest}`, vmid, /^\d+$/.test(id ?? "") ? Number(id) : id),
    node,
    address: checked(`--traefik ${guest}`, ipAddress, address),
  };
}

/** The pair's address with the prefix length of its network; `192.168.1.20` is enough. */
export function vipOf(text: string, { cidr }: Answers["network"]): string {
  if (text.includes("/")) return checked("--vip", addressPrefix, text);
  const address = checked("--vip", ipAddress, text);
  if (cidrContains(cidr, address)) return `${address}/${cidr.split("/")[1]}`;
  throw new UsageError(
    `--vip: found ${addressOf(text)}, which is not in ${cidr}; choose a free address of that network, or state its prefix length as well`,
  );
}

/** The pair's address beside a cluster that is read, which does not say how large its networks are. */
export const liveVipOf = (text: string): string => checked("--vip", addressPrefix, text);

/** `8` or `9`. */
export function versionOf(text: string): 8 | 9 {
  if (text === "8" || text === "9") return text === "8" ? 8 : 9;
  throw new UsageError(`--pve: found "${text}", expected 8 or 9; run \`pveversion\` on a node`);
}

/** Name of a host outside the cluster. */
export const hostOf = (text: string): string => checked("--quorum-device", name, text);

/** Name of the storage of the backups. */
export const backupOf = (text: string): string => checked("--backup", name, text);
