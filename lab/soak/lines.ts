import type { HolderEvent, StateEvent } from "./count";

/** `[2026-11-27T06:00:00.123456] ` before what `ip -ts -o monitor` prints. */
const STAMP = /^\[(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+)\] ?/;

/**
 * What a line of `ip -ts -o monitor address` says about an address. The time is the one at which `ip` was
 * woken; its hosts count in UTC.
 */
export function holderIn(line: string, host: string, address: string): HolderEvent | undefined {
  const stamp = STAMP.exec(line);
  if (!stamp) return undefined;
  const text = line.slice(stamp[0].length);
  // The same address on `lo` belongs to a hand-over of connections.
  if (!new RegExp(`^(Deleted )?\\d+: host0\\s+inet ${address.replaceAll(".", "\\.")}/`).test(text))
    return undefined;
  return { atMs: Date.parse(`${stamp[1]}Z`), host, owns: !text.startsWith("Deleted") };
}

/** What a line of keepalived's log says about its state. */
export function stateIn(line: string, host: string, atMs: number): StateEvent | undefined {
  const state = /Entering (MASTER|BACKUP|FAULT) STATE/.exec(line)?.[1];
  return state === undefined ? undefined : { atMs, host, state };
}

/** What keepalived says about a cause, without what differs from one time to the next. */
export function reasonIn(line: string): string | undefined {
  if (/Entering|Receive advert|advertisement|gratuitous|\bGARP\b/i.test(line)) return undefined;
  if (!/now returning|timed out|track|timer expired|overrun|fail|delayed|restarted/i.test(line))
    return undefined;
  return line
    .replace(/^\(\S+\) /, "")
    .replace(/\d+(\.\d+)?( *(usec|msec|sec|s)\b)/g, "N$2")
    .replaceAll(/\bpid \d+/gi, "pid N")
    .trim()
    .slice(0, 120);
}
