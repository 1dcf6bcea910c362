import { backendHost } from "../cutover/behind";
import { canonicalAddress } from "../network/address";

/** Something that a stack makes or moves, by which a state backend could be reached. */
export interface Exposed {
  /** Address or host name; `*.` at the start stands for one or more labels. */
  at: string;
  /** What it is, in words that follow "which is": `the virtual address of traefikPairs.traefik`. */
  what: string;
}

/** How a state backend is reached through what its own stack manages. */
export interface BehindStack {
  /** Host of the backend, without user and password. */
  host: string;
  /** What it leads to. */
  what: string;
}

/**
 * Whether a stack would keep its state behind what it manages: an `up` that fails half-way would take away
 * the state that says how to go on, and leave it locked.
 *
 * @param url as PULUMI_BACKEND_URL has it
 * @param exposed what the stack manages
 * @param addresses addresses that the backend's host has by DNS. @default none are known
 */
export function behindStack(
  url: string,
  exposed: readonly Exposed[],
  addresses: readonly string[] = [],
): BehindStack | undefined {
  const place = backendHost(url);
  if (place === undefined) return undefined;
  const host = place.host.toLowerCase().replace(/\.$/, "");
  const named = exposed.find(({ at }) => matches(at, host));
  if (named) return { host, what: named.what };
  const known = addresses.map(canonicalAddress);
  const led = exposed.find(({ at }) => known.includes(canonicalAddress(at)));
  return led && { host, what: `${led.at}, ${led.what}` };
}

function matches(at: string, host: string): boolean {
  const name = at.toLowerCase();
  return name.startsWith("*.")
    ? host.endsWith(name.slice(1))
    : canonicalAddress(name) === canonicalAddress(host);
}

/** The sentence about it, with what to do. */
export const behindStackText = ({ host, what }: BehindStack) =>
  `the state backend is at ${host}, which is ${what}: an update that fails there cuts off its own state and leaves it locked; keep the state elsewhere, e.g. file://~, or a database or store that is reached without this stack (pulumi stack export, pulumi login elsewhere, pulumi stack import)`;
