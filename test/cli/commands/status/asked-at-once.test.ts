import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type Asking, pairsOf, readAddress } from "../../../../cli/commands/status/addresses";
import { askAll } from "../../../../cli/commands/status/sources";
import { Failure } from "../../../../cli/lib/usage";
import { budgets, OverrunError } from "../../../../clients/deadline";
import { resolveStack } from "../../../../config/resolve";
import type { ResolvedMember } from "../../../../config/sections/vrrp";
import { judgeAddress } from "../../../../model/status/address";
import { stackData, stackOf } from "../../../support/clusters/stacks";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A virtual clock that runs until nothing is left to wait for; how far it went. */
async function elapsed(work: Promise<unknown>): Promise<number> {
  const begin = Date.now();
  let end: number | undefined;
  void work.then(() => {
    end = Date.now() - begin;
  });
  while (end === undefined) await vi.advanceTimersByTimeAsync(100);
  return end;
}

const later = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** Somebody who counts how many are asked at once; the silent ones answer never. */
function counting(silent: ReadonlySet<string>) {
  const seen = { now: 0, most: 0 };
  const asked = async (name: string) => {
    seen.now += 1;
    seen.most = Math.max(seen.most, seen.now);
    try {
      // As `askMember` gives a silent host up.
      if (silent.has(name)) {
        await later(6000);
        throw new Error("no answer within 6 s");
      }
      await later(200);
    } finally {
      seen.now -= 1;
    }
  };
  return { seen, asked };
}

const homelab = { resolved: resolveStack(stackOf(stackData("homelab"))) };

/** Twenty pairs, as many as the stack's own are needed for. */
function twentyPairs() {
  const own = pairsOf(homelab);
  return Array.from({ length: 20 }, (_, index) => {
    const placed = own[index % own.length];
    if (!placed) throw new Error("the stack has no pair");
    const { pair } = placed;
    const named = <Member extends { name: string }>(members: readonly Member[]) =>
      members.map((member) => ({ ...member, name: `${member.name}-${index}` }));
    const settings = { ...pair.settings, members: named<ResolvedMember>(pair.settings.members) };
    return { ...placed, pair: { ...pair, settings } };
  });
}

async function asked(silentHosts: number) {
  const pairs = twentyPairs();
  const hosts = pairs.flatMap(({ pair }) => pair.settings.members.map(({ name }) => name));
  const silent = new Set(hosts.filter((_, index) => index % 13 === 0).slice(0, silentHosts));
  const { seen, asked: ask } = counting(silent);
  const asking: Asking = {
    member: async ({ name }) => {
      await ask(name);
      return "state BACKUP\n";
    },
    unreachable: async (host) => {
      await ask(host);
      return undefined;
    },
  };
  const reading = Promise.all(pairs.map((placed) => readAddress(placed, asking)));
  const took = await elapsed(reading);
  return { took, most: seen.most, hosts: hosts.length, silent, readings: await reading };
}

test("all members of twenty pairs and all addresses are asked at the same time", async () => {
  const { most, hosts } = await asked(0);
  expect(most).toBe(hosts + 20);
});

test("three silent hosts cost one time-out in all, and are named", async () => {
  const sound = await asked(0);
  const { took, silent, readings } = await asked(3);
  expect(silent.size).toBe(3);
  expect(took - sound.took).toBeLessThanOrEqual(6000);
  const texts = readings.flatMap(judgeAddress).map(({ text }) => text);
  for (const name of silent) expect(texts.some((text) => text.includes(name))).toBe(true);
});

test("a source that never answers is reported at its deadline, beside the answers of the others", async () => {
  const ok = { level: "ok" as const, subject: "x", text: "well" };
  const never = new Promise<never>(() => {});
  const sources = [
    { subject: "cluster", deadlineMs: 6000, ask: () => never },
    { subject: "files", deadlineMs: 6000, ask: () => never },
    { subject: "x", deadlineMs: 6000, ask: () => later(50).then(() => [ok]) },
  ];
  const all = askAll(sources);
  expect(await elapsed(all)).toBe(6000);
  expect((await all).map(({ level, subject, text }) => `${level} ${subject}: ${text}`)).toEqual([
    "unknown cluster: no complete answer within 6 s",
    "unknown files: no complete answer within 6 s",
    "ok x: well",
  ]);
});

test("a mistake of ours is not taken for silence", async () => {
  const broken = { subject: "x", deadlineMs: 1000, ask: () => Promise.reject(new Error("a bug")) };
  await expect(askAll([broken])).rejects.toThrow("a bug");
});

test.each([
  [
    "a damaged index",
    new Failure("index.json: it is damaged"),
    "not known: index.json: it is damaged",
  ],
  [
    "a folder of somebody else",
    Object.assign(new Error("EACCES: permission denied, open 'x'"), {
      code: "EACCES",
      syscall: "open",
    }),
    "not known: EACCES: permission denied, open 'x'",
  ],
  [
    "an answer without end",
    new OverrunError("size", budgets.question),
    "not known: the answer is longer than 256 KB",
  ],
])("%s is no reason to hide what the others say", async (_what, error, text) => {
  const ok = { level: "ok" as const, subject: "x", text: "well" };
  const all = await askAll([
    { subject: "backups", deadlineMs: 1000, ask: () => Promise.reject(error) },
    { subject: "x", deadlineMs: 1000, ask: async () => [ok] },
  ]);
  expect(all).toEqual([{ level: "unknown", subject: "backups", text }, ok]);
});

test("Ctrl-C is no silence of a source", async () => {
  const stopped = new OverrunError("stopped", budgets.question);
  const source = { subject: "x", deadlineMs: 1000, ask: () => Promise.reject(stopped) };
  await expect(askAll([source])).rejects.toBe(stopped);
});
