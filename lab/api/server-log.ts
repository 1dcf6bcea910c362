import { z } from "zod";
import { recordedOrNone } from "../../cli/lib/recorded";
import { inHost, type LabHost } from "../machine/host";
import { until } from "../machine/shell";

/** HAProxy says that a server is up or down. */
export interface ServerChange {
  /** On the machine's monotonic clock. */
  atMs: number;
  server: string;
  state: "UP" | "DOWN";
}

/** Of the entries of the journal, those whose message is a text (others are lists of bytes). */
const journalEntry = z.looseObject({
  MESSAGE: z.string(),
  /** Microseconds. */
  __MONOTONIC_TIMESTAMP: z.string().regex(/^\d+$/).transform(Number),
});

/** A line of `journalctl -o json` that tells of a server. */
export function serverChangeIn(line: string): ServerChange | undefined {
  const entry = recordedOrNone(journalEntry, line);
  const [, server, state] = /^Server [^/]+\/(\S+) is (UP|DOWN)/.exec(entry?.MESSAGE ?? "") ?? [];
  if (!entry || server === undefined || (state !== "UP" && state !== "DOWN")) return undefined;
  // The hosts share the machine's kernel, and so its clock.
  return { atMs: entry.__MONOTONIC_TIMESTAMP / 1000, server, state };
}

/** Waits until a load balancer has noticed, and says when it did. */
export async function noticed(
  balancer: LabHost,
  server: string,
  state: ServerChange["state"],
  sinceMs: number,
  deadlineSec: number,
): Promise<number> {
  let atMs = Number.NaN;
  const script = "journalctl -q -o json --output-fields=MESSAGE -t haproxy --grep '^Server '";
  await until(`${balancer.name} calls ${server} ${state}`, deadlineSec, async () => {
    const { stdout } = await inHost(balancer, script);
    const changes = stdout.split("\n").filter(Boolean).map(serverChangeIn);
    const found = changes.find(
      (change) => change?.server === server && change.state === state && change.atMs >= sinceMs,
    );
    if (found) atMs = found.atMs;
    return found !== undefined;
  });
  return atMs;
}
