import { isIPv6, SocketAddress } from "node:net";
import type { Finding } from "../finding";

/** Quoted names in a sentence: `"a", "b" or "c"`. */
export function namesText(names: readonly string[], last: "and" | "or" = "or"): string {
  const quoted = names.map((name) => `"${name}"`);
  return quoted.length < 2
    ? quoted.join("")
    : `${quoted.slice(0, -1).join(", ")} ${last} ${quoted.at(-1)}`;
}

/** Leaves out what was already said about a place: one wrong number is one mistake, however many members show it. */
export function firstPerPath(findings: readonly Finding[]): Finding[] {
  const places = findings.map(({ path }) => JSON.stringify(path));
  return findings.filter((_, index) => places.indexOf(places[index] ?? "") === index);
}

/** An address without its prefix length, in one spelling. */
export function addressOf(text: string): string {
  return canonicalAddress(text.split("/", 1).join(""));
}

/** An address in one spelling: IPv6 has many. What is no address only gets small letters. */
export function canonicalAddress(text: string): string {
  const six = text.includes(":") && isIPv6(text);
  return (six ? new SocketAddress({ address: text, family: "ipv6" }).address : text).toLowerCase();
}
