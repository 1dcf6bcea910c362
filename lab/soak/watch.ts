import { AHEAD } from "../instruments/ahead";
import { type Client, startClient } from "../instruments/client";
import { mastersOf } from "../instruments/masters";
import { type LabHost, leaderOf } from "../machine/host";
import { follow } from "../machine/lines";
import { ROUTE_HOST, WEB_PORT } from "../pair/pair";
import type { HolderEvent, Seen, StateEvent } from "./count";
import { holderIn, reasonIn, stateIn } from "./lines";
import type { SoakPair } from "./pairs";

/** Follows one pair as long as the soak lasts. */
export interface Watch {
  pair: SoakPair;
  /** A look-out for one condition begins. */
  begin(): Promise<void>;
  /** It ends; what was seen meanwhile. */
  end(): Promise<Looked>;
}

/** What was seen of one pair under one condition. */
export interface Looked {
  seen: Seen;
  /** Requests of a client, and how many of them had no answer within a second. */
  requests: number;
  lost: number;
  /** What keepalived said about causes, and how often. */
  reasons: Record<string, number>;
}

/** Starts to follow a pair. */
export async function watchPair(pair: SoakPair): Promise<Watch> {
  const { vip, world } = pair;
  const changes: HolderEvent[] = [];
  const states: StateEvent[] = [];
  let reasons: Record<string, number> = {};
  const client: Client = await startClient({
    ...{ address: vip, port: WEB_PORT, host: ROUTE_HOST },
    ...{ everyMs: 250, timeoutMs: 1000 },
  });
  for (const host of world.hosts) {
    followHost(host, vip, changes, states, (reason) => {
      const text = `${host.name}: ${reason}`;
      reasons[text] = (reasons[text] ?? 0) + 1;
    });
  }
  let from = { fromMs: 0, holders: [] as string[] };
  return {
    pair,
    begin: async () => {
      reasons = {};
      await client.start();
      from = { fromMs: Date.now(), holders: await mastersOf(vip, world.hosts) };
    },
    end: async () => {
      const toMs = Date.now();
      const requests = await client.stop();
      return {
        seen: { ...from, toMs, changes: inside(changes), states: inside(states) },
        requests: requests.length,
        lost: requests.filter(({ outcome }) => outcome !== "ok").length,
        reasons,
      };
      function inside<Event extends { atMs: number }>(events: readonly Event[]): Event[] {
        return events.filter(({ atMs }) => atMs >= from.fromMs && atMs <= toMs);
      }
    },
  };
}

function followHost(
  host: LabHost,
  vip: string,
  changes: HolderEvent[],
  states: StateEvent[],
  reason: (text: string) => void,
): void {
  const inside = [...AHEAD, "nsenter", "-t", String(leaderOf(host)), "-a"];
  const monitor = [...inside, "ip", "-ts", "-o", "monitor", "address"];
  follow(`ip monitor on ${host.name}`, monitor, (line) => {
    const change = holderIn(line, host.name, vip);
    if (change) changes.push(change);
  });
  const log = ["journalctl", "-f", "-n", "0", "-o", "cat", "-u", "keepalived"];
  follow(`log of ${host.name}`, [...inside, ...log], (line) => {
    const state = stateIn(line, host.name, Date.now());
    if (state) states.push(state);
    const why = reasonIn(line);
    if (why !== undefined) reason(why);
  });
}
