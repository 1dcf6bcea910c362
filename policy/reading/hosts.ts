import { addressOf } from "../../model/text";
import type { ObservedResource } from "../rule";
import { guestsOf } from "./guests";

/** Who is behind an address or a name that SSH is told. */
export interface Host {
  /** What tells it from every other host. */
  key: string;
  /** For messages. */
  name: string;
  /** @default unknown */
  node?: string;
  /** @default no guest of the stack, or unknown */
  kind?: "ct" | "vm";
  /** Own addresses that are known, in one spelling. */
  addresses: string[];
  /** Name inside the host, up to the first dot. @default unknown */
  hostName?: string;
}

/** The hosts of a stack: its guests, and the members that components name. */
export class Hosts {
  private readonly byAddress = new Map<string, Host>();
  private readonly byReported = new Map<string, Host>();
  private readonly byName = new Map<string, Host | undefined>();

  /** @param members name, address and node of members; a guest at an address goes before them */
  constructor(
    resources: ObservedResource[],
    members: readonly { name: string; address?: string; node?: string }[],
  ) {
    const guests = guestsOf(resources);
    const reporters = new Map<string, Set<string>>();
    for (const { resource, reported } of guests) {
      for (const address of reported.map(addressOf)) {
        const there = reporters.get(address) ?? new Set();
        reporters.set(address, there.add(resource.urn));
      }
    }
    // What two guests have (a virtual address that moved, Docker's bridge) tells neither of them.
    const isOwn = (address: string) => reporters.get(address)?.size === 1;
    for (const { resource, kind, name, node, addresses, reported } of guests) {
      const own = addresses.map(addressOf);
      this.add(
        {
          key: resource.urn,
          name,
          kind,
          hostName: firstLabel(name),
          addresses: own,
          ...(node !== undefined && { node }),
        },
        new Set([name, resource.name]),
        reported.map(addressOf).filter(isOwn),
      );
    }
    for (const { name, address, node } of members) {
      if (address === undefined || this.at(address)) continue;
      const own = addressOf(address);
      this.add(
        { key: own, name, hostName: firstLabel(name), addresses: [own], ...(node && { node }) },
        new Set(),
      );
    }
  }

  /** @param reported addresses that the provider saw at the host, virtual ones among them */
  private add(host: Host, names: ReadonlySet<string>, reported: readonly string[] = []): void {
    for (const address of host.addresses) this.byAddress.set(address, host);
    for (const address of reported) this.byReported.set(address, host);
    for (const name of new Set([...names].map((one) => one.toLowerCase()))) {
      const known = this.byName.get(name);
      // Two guests with one name: the name says nothing.
      this.byName.set(name, known === undefined && !this.byName.has(name) ? host : undefined);
    }
  }

  private at(address: string): Host | undefined {
    const wanted = addressOf(address);
    return this.byAddress.get(wanted) ?? this.byReported.get(wanted);
  }

  /** The host behind an address or a name; letter case and the domain do not matter. */
  find(host: string): Host | undefined {
    const wanted = addressOf(host);
    return this.at(wanted) ?? this.byName.get(wanted) ?? this.byName.get(firstLabel(wanted));
  }
}

function firstLabel(name: string): string {
  return name.split(".", 1).join("");
}
