import type { ExpectedHandover, ExpectedHost } from "../model/doctor/host";
import { placeholderHostKey } from "../model/host/host-key";
import { virtualAddresses } from "../model/vrrp/group";
import { at, isObject, type Path } from "./file/raw";
import { hostFacts } from "./hosts";
import { type ParsedStack, parseStack, type StackSchema } from "./parse";
import type { StackConfig } from "./stack";
import { vrrpAddresses } from "./virtual-addresses";

/** A host that is logged in to, and where its key stands in the stack file. */
export interface LoggedInHost extends ExpectedHost {
  /** Place of its host key, from the section downwards. */
  keyPath: Path;
  /** The pinned key. @default none yet: it is missing, or a placeholder */
  hostKey?: string;
  /** The guest that it is. @default it is a node, or no guest of the stack file */
  guest?: string;
}

/**
 * A stack whose file lacks nothing but host keys: those that are missing or damaged are taken for
 * placeholders, so that a first file can be looked at before any host was asked for its key.
 *
 * @param schema what may stand there. @default the sections of a stack file with one cluster
 */
export function parsedWithoutKeys(
  data: Record<string, unknown>,
  schema?: StackSchema,
): ParsedStack {
  const parsed = parseStack(data, schema);
  if (parsed.stack) return parsed;
  const places = parsed.problems
    .filter(({ path, severity }) => severity === "error" && path.at(-1) === "hostKey")
    .map(({ path }) => path);
  if (places.length === 0) return parsed;
  const filled = structuredClone(data);
  for (const path of places) {
    const owner = at(filled, path.slice(0, -1));
    if (isObject(owner)) owner.hostKey = placeholderHostKey(nameOf(path, owner));
  }
  return parseStack(filled, schema);
}

/** A guest or node is named by its key, a host that is stated in place by `host`. */
function nameOf(path: Path, owner: Record<string, unknown>): string {
  return typeof owner.host === "string" ? owner.host : String(path.at(-2));
}

interface PairSettings {
  vip: string;
  vip6?: string;
  interface: string;
  drainSec: number;
  drainPort: number;
  members: StackConfig["traefikPairs"][string]["members"];
  leaving?: StackConfig["traefikPairs"][string]["leaving"];
  traefik?: { version: string; sha256?: string | undefined; sha256Arm64?: string | undefined };
}

/** Every host that `up` logs in to, each once: members of virtual addresses, and the control node. */
export function loggedInHosts(stack: StackConfig): LoggedInHost[] {
  const hosts = new Map<string, LoggedInHost>();
  for (const { section, name, settings } of vrrpAddresses<PairSettings>(stack)) {
    for (const { member, key, index } of [
      ...settings.members.map((member, index) => ({ member, key: "members", index })),
      ...(settings.leaving ?? []).map((member, index) => ({ member, key: "leaving", index })),
    ]) {
      const facts = hostFacts(stack, member, settings.vip);
      if (!facts?.address) continue;
      const {
        guest,
        interface: own,
      }: { guest?: string | undefined; interface?: string | undefined } = member;
      const keyPath =
        guest === undefined ? [section, name, key, index, "hostKey"] : ["guests", guest, "hostKey"];
      const before = hosts.get(facts.name);
      const { traefik } = settings;
      hosts.set(facts.name, {
        ...before,
        name: facts.name,
        address: facts.address,
        debian: facts.debian,
        keyPath,
        interfaces: [...new Set([...(before?.interfaces ?? []), own ?? settings.interface])],
        ...(settings.drainSec > 0 && {
          handover: before?.handover ?? handoverOf(stack, settings, facts.name, own),
        }),
        ...(traefik && {
          traefik: {
            version: traefik.version,
            ...(traefik.sha256 !== undefined && { sha256: traefik.sha256 }),
            ...(traefik.sha256Arm64 !== undefined && { sha256Arm64: traefik.sha256Arm64 }),
            place: `homelab:${section}.${name}.traefik`,
          },
        }),
        ...pinned(facts.name, facts.hostKey),
        ...(guest !== undefined && { guest }),
      });
    }
  }
  for (const [name, { connectors }] of Object.entries(stack.tunnels)) {
    connectors?.hosts.forEach((ref, index) => {
      const facts = hostFacts(stack, ref);
      if (!facts?.address || hosts.has(facts.name)) return;
      const { guest } = ref;
      const stated = ["tunnels", name, "connectors", "hosts", index, "hostKey"];
      hosts.set(facts.name, {
        name: facts.name,
        address: facts.address,
        debian: facts.debian,
        keyPath: guest === undefined ? stated : ["guests", guest, "hostKey"],
        interfaces: [],
        ...pinned(facts.name, facts.hostKey),
        ...(guest !== undefined && { guest }),
      });
    });
  }
  const node = controlNode(stack);
  return [...hosts.values(), ...(node ? [node] : [])];
}

function handoverOf(
  stack: StackConfig,
  settings: PairSettings,
  name: string,
  own: string | undefined,
): ExpectedHandover {
  const { vip, members, drainSec, drainPort: port } = settings;
  const peers = members.flatMap((member) => {
    const facts = hostFacts(stack, member, vip);
    if (facts?.address === undefined || facts.name === name) return [];
    return [{ name: facts.name, address: facts.address }];
  });
  return {
    ...{ vips: virtualAddresses(settings), interface: own ?? settings.interface },
    ...{ peers, port, drainSec },
  };
}

/** The node over which start-up orders are set; only where guests are managed. */
function controlNode({ cluster, haGroups }: StackConfig): LoggedInHost | undefined {
  if (Object.keys(haGroups).length === 0) return undefined;
  const names = Object.keys(cluster.nodes).sort();
  const name = cluster.controlNode ?? names.find((one) => cluster.nodes[one]?.hostKey) ?? names[0];
  const facts = name === undefined ? undefined : cluster.nodes[name];
  if (name === undefined || !facts) return undefined;
  return {
    name,
    address: facts.address,
    debian: cluster.pveVersion === 9 ? 13 : 12,
    interfaces: [],
    keyPath: ["cluster", "nodes", name, "hostKey"],
    ...pinned(name, facts.hostKey),
  };
}

const pinned = (name: string, hostKey: string | undefined) =>
  hostKey === undefined || hostKey === placeholderHostKey(name) ? {} : { hostKey };
