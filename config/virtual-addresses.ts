import { hint } from "./file/nearest";

/** A section of the stack file whose entries each have an address that moves between hosts. */
export interface AddressSection {
  /** What one entry is, for sentences. */
  what: string;
  /**
   * - `vrrp`: keepalived moves `vip` between the `members`
   * - `metallb`: MetalLB announces `address`, which is out of `pool`
   * - `elected`: one of the masters announces `address`, as long as their etcd has a majority
   */
  kind: "vrrp" | "metallb" | "elected";
  /** What each member is, for sentences. @default the entry has no members */
  member?: string;
  /** Keys of an entry that list hosts. */
  hosts: readonly string[];
  /** Key by which `dns` and `cutovers` name an entry. */
  reference: string;
}

/**
 * Every section with a virtual address. Whoever handles such addresses (the report, `switch` and
 * `rollback`, the address plan, the checks, the resilience model) goes through this list, so that a
 * new section is added here and nowhere else.
 */
export const addressSections = {
  traefikPairs: {
    what: "Traefik pair",
    kind: "vrrp",
    member: "Traefik",
    hosts: ["members", "leaving"],
    reference: "traefikPair",
  },
  apiLoadBalancers: {
    what: "API load balancer",
    kind: "vrrp",
    member: "load balancer",
    hosts: ["members", "leaving", "masters", "workers"],
    reference: "apiLoadBalancer",
  },
  servicePairs: {
    what: "service pair",
    kind: "vrrp",
    member: "member",
    hosts: ["members", "leaving"],
    reference: "servicePair",
  },
  kubernetes: {
    what: "Kubernetes cluster",
    kind: "elected",
    hosts: ["masters", "workers"],
    reference: "kubernetes",
  },
  kubernetesIngress: {
    what: "Kubernetes ingress",
    kind: "metallb",
    hosts: [],
    reference: "kubernetesIngress",
  },
} as const satisfies Record<string, AddressSection>;

type Sections = typeof addressSections;

/** Name of a section whose addresses keepalived moves. */
export type VrrpSection = {
  [Key in keyof Sections]: Sections[Key]["kind"] extends "vrrp" ? Key : never;
}[keyof Sections];

/** Key by which others name an entry of such a section. */
export type VrrpReference = Sections[VrrpSection]["reference"];

/** All of them, or those of one kind, with their names. */
export function sectionsOf(kind?: AddressSection["kind"]): (AddressSection & { name: string })[] {
  return Object.entries<AddressSection>(addressSections)
    .map(([name, section]) => ({ ...section, name }))
    .filter((section) => kind === undefined || section.kind === kind);
}

/** A virtual address with its place in the stack file. */
export interface Placed<T> {
  section: VrrpSection;
  /** Name in its section; another section may have the same. */
  name: string;
  /** Section and name, which no other has: `traefikPairs.traefik`. */
  place: string;
  settings: T;
}

/**
 * Every address that keepalived moves, in the order of the sections.
 *
 * @param stack a configuration, as it is written or resolved
 */
export function vrrpAddresses<T>(
  stack: Readonly<Record<VrrpSection, Readonly<Record<string, T>>>>,
): Placed<T>[] {
  return sectionsOf("vrrp").flatMap(({ name }) => {
    const section = name as VrrpSection;
    return Object.entries(stack[section] ?? {}).map(([key, settings]) => ({
      section,
      name: key,
      place: `${section}.${key}`,
      settings: settings as T,
    }));
  });
}

/**
 * Finds an address by its name, or by section and name where two sections have the name.
 *
 * @param named as it was written: `traefik`, `traefikPairs.traefik`
 * @returns the address, or in one sentence why there is not exactly one
 */
export function findAddress<T>(
  addresses: readonly Placed<T>[],
  named: string,
): Placed<T> | { problem: string } {
  const exact = addresses.find(({ place }) => place === named);
  if (exact) return exact;
  const [found, ...others] = addresses.filter(({ name }) => name === named);
  if (found === undefined) {
    return { problem: `there is no pair "${named}"; ${hint(named, knownNames(addresses))}` };
  }
  if (others.length === 0) return found;
  const places = [found, ...others].map(({ place }) => place);
  return {
    problem: `"${named}" is the name of ${places.join(" and of ")}; name one of them with its section, e.g. ${places[0]}`,
  };
}

/** Names as people have to write them: with the section only where it takes one. */
function knownNames(addresses: readonly Placed<unknown>[]): string[] {
  return addresses.map(({ name, place }) =>
    addresses.filter((other) => other.name === name).length > 1 ? place : name,
  );
}
