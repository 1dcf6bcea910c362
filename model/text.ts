import { canonicalAddress } from "./network/address";

/** Joins names for a sentence: `a`, `a and b`, `a, b and 3 more`; long lists are cut after `limit`. */
export function listed(names: readonly string[], limit = 5, word: "and" | "or" = "and"): string {
  const shown = names.length > limit ? names.slice(0, limit - 1) : names;
  const more = names.length - shown.length;
  const parts = more > 0 ? [...shown, `${more} more`] : [...shown];
  const last = parts.pop() ?? "nothing";
  return parts.length > 0 ? `${parts.join(", ")} ${word} ${last}` : last;
}

/** A count with its noun: `1 node`, `3 nodes`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** An address without its prefix length, in one spelling. */
export function addressOf(text: string): string {
  return canonicalAddress(text.split("/", 1).join(""));
}

/** The prefix length of an address or network; NaN without one. */
export function prefixOf(address: string): number {
  return Number(address.split("/")[1] ?? Number.NaN);
}

/** What an error says; anything can be thrown. */
export function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The same, where somebody was to speak TLS: in place of OpenSSL's file and line, that there is none. */
export function tlsErrorText(error: unknown): string {
  const text = errorText(error);
  const plain = /:wrong version number:|:packet length too long:|:record layer failure:/.test(text);
  return plain ? "what answers there speaks no TLS" : text;
}

/** A duration for a sentence. */
export function duration(seconds: number): string {
  if (seconds >= 3600) return `${Math.round(seconds / 360) / 10} h`;
  if (seconds >= 120) return `${Math.round(seconds / 6) / 10} min`;
  return `${Math.round(seconds * 100) / 100} s`;
}
