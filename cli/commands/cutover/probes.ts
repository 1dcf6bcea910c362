import { lookup, Resolver } from "node:dns/promises";
import { connect, isIP } from "node:net";
import { budgets, within } from "../../../clients/deadline";
import { watched } from "../../../clients/watch";
import type { Check } from "../../../model/cutover/types";
import { foreign } from "../../../model/foreign-text";
import { canonicalAddress } from "../../../model/network/address";
import { tlsErrorText } from "../../../model/text";
import { type Found, lookClient, lookHttp3, lookHttps, type ProbeOptions } from "./https-probes";

/** What a check found. */
export interface Checked {
  check: Check;
  /** `skipped` only where a person said so. */
  outcome: "pass" | "fail" | "skipped";
  /** What was seen, for people. */
  found: string;
}

/** Makes the checks, all at once; nothing is changed by them. */
export function makeChecks(
  checks: readonly Check[],
  options: ProbeOptions = {},
): Promise<Checked[]> {
  return Promise.all(
    checks.map(async (check): Promise<Checked> => {
      if (options.skip?.includes(check.kind)) {
        return { check, outcome: "skipped", found: "left out by --skip" };
      }
      try {
        const { ok, found } = await watchedLook(check, options);
        return { check, outcome: ok ? "pass" : "fail", found: foreign(found) };
      } catch (error) {
        return { check, outcome: "fail", found: foreign(reasonOf(error)) };
      }
    }),
  );
}

/** One check, which ends also where a server only trickles, or the person presses Ctrl-C. */
function watchedLook(check: Check, options: ProbeOptions): Promise<Found> {
  const totalMs = 2 * (options.timeoutMs ?? budgets.probe.connectMs) + 1000;
  // Each kind has the deadlines of its own protocol; this one is for all of it.
  const budget = { ...within(budgets.probe, totalMs), connectMs: totalMs, totalMs };
  return watched(
    budget,
    () => look(check, options),
    () => {},
  );
}

function look(check: Check, options: ProbeOptions): Promise<Found> {
  const timeoutMs = options.timeoutMs ?? 5000;
  switch (check.kind) {
    case "dns":
      return lookDns(check, timeoutMs);
    case "ttl":
      return lookTtl(check, timeoutMs);
    case "tcp":
      return lookTcp(check, timeoutMs);
    case "https":
      return lookHttps(check, options, timeoutMs);
    case "http3":
      return lookHttp3(check, options, timeoutMs);
    case "clientAddress":
      return lookClient(check, options, timeoutMs);
    case "apart":
      return lookApart(check);
    case "declared":
      return Promise.resolve({
        ok: check.found === check.address,
        found: `the stack file points it to ${check.found}`,
      });
    case "word":
      return Promise.resolve(
        options.confirm
          ? { ok: true, found: "said with --confirm" }
          : { ok: false, found: "a manual step; confirm it with --confirm" },
      );
  }
}

/** Answers of the family that clients are moved in. */
async function ask(
  { name, server, family = 4 }: { name: string; server: string; family?: 4 | 6 },
  timeoutMs: number,
) {
  const resolver = new Resolver({ timeout: timeoutMs, tries: 2 });
  resolver.setServers([server]);
  return family === 6
    ? resolver.resolve6(name, { ttl: true })
    : resolver.resolve4(name, { ttl: true });
}

async function lookDns(
  { addresses, ...question }: Extract<Check, { kind: "dns" }>,
  timeoutMs: number,
): Promise<Found> {
  const answers = (await ask(question, timeoutMs)).map(({ address }) => canonicalAddress(address));
  // One wrong address among right ones is a wrong answer for some of the clients.
  return { ok: answers.every((one) => addresses.includes(one)), found: answers.join(", ") };
}

async function lookTtl(
  { maxSec = Infinity, minSec = 0, ...question }: Extract<Check, { kind: "ttl" }>,
  timeoutMs: number,
): Promise<Found> {
  const ttls = (await ask(question, timeoutMs)).map(({ ttl }) => ttl);
  const ok = ttls.every((ttl) => minSec <= ttl && ttl <= maxSec);
  return { ok, found: `TTL ${[...new Set(ttls)].join(" and ")} s` };
}

async function lookTcp(
  { address, port, open }: Extract<Check, { kind: "tcp" }>,
  timeoutMs: number,
): Promise<Found> {
  const error = await new Promise<Error | undefined>((resolve) => {
    const socket = connect({ host: address, port, timeout: timeoutMs });
    const end = (found?: Error) => {
      socket.destroy();
      resolve(found);
    };
    socket.once("connect", () => end());
    socket.once("timeout", () => end(new Error("no answer")));
    socket.once("error", end);
  });
  return { ok: open === (error === undefined), found: error ? reasonOf(error) : "it answers" };
}

async function lookApart({ host, addresses }: Extract<Check, { kind: "apart" }>): Promise<Found> {
  const found = isIP(host)
    ? [host]
    : (await lookup(host, { all: true })).map(({ address }) => address);
  return {
    ok: !found.some((address) => addresses.includes(canonicalAddress(address))),
    found: `${host} is ${found.join(", ")}`,
  };
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code } = error as NodeJS.ErrnoException;
  const reasons: Record<string, string> = {
    ECONNREFUSED: "connection refused",
    ETIMEDOUT: "no answer",
    ETIMEOUT: "the DNS server does not answer",
    ENOTFOUND: "the name does not exist",
    ENODATA: "the name has no address",
    EHOSTUNREACH: "no route to the host",
    ECONNRESET: "connection reset",
  };
  const text = tlsErrorText(error).split("\n")[0] || error.name;
  // A certificate's names can fill a screen.
  return (
    (code !== undefined && reasons[code]) || (text.length > 160 ? `${text.slice(0, 157)}...` : text)
  );
}
