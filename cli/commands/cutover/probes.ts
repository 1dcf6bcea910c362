import { lookup, Resolver } from "node:dns/promises";
import { readFileSync } from "node:fs";
import { request } from "node:https";
import { connect, isIP } from "node:net";
import { budgets, watched, within } from "../../../clients/deadline";
import { runProgram } from "../../../clients/programs";
import type { Check, Probe } from "../../../model/cutover/types";
import { foreign } from "../../../model/foreign-text";

/** What a check found. */
export interface Checked {
  check: Check;
  /** `skipped` only where a person said so. */
  outcome: "pass" | "fail" | "skipped";
  /** What was seen, for people. */
  found: string;
}

/** How checks are made. */
export interface ProbeOptions {
  /** CA certificates, PEM file. @default those of this machine */
  caFile?: string;
  /** A curl that may know HTTP/3. @default curl */
  curl?: string;
  /** Kinds that are left out. @default none */
  skip?: readonly Check["kind"][];
  /** Whether a person says that what cannot be checked is done. @default false */
  confirm?: boolean;
  /** Milliseconds that one request may take. @default 5000 */
  timeoutMs?: number;
}

type Found = { ok: boolean; found: string };

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

async function ask(name: string, server: string, timeoutMs: number) {
  const resolver = new Resolver({ timeout: timeoutMs, tries: 2 });
  resolver.setServers([server]);
  return resolver.resolve4(name, { ttl: true });
}

async function lookDns(
  { name, server, addresses }: Extract<Check, { kind: "dns" }>,
  timeoutMs: number,
): Promise<Found> {
  const answers = (await ask(name, server, timeoutMs)).map(({ address }) => address);
  // One wrong address among right ones is a wrong answer for some of the clients.
  return { ok: answers.every((one) => addresses.includes(one)), found: answers.join(", ") };
}

async function lookTtl(
  { name, server, maxSec = Infinity, minSec = 0 }: Extract<Check, { kind: "ttl" }>,
  timeoutMs: number,
): Promise<Found> {
  const ttls = (await ask(name, server, timeoutMs)).map(({ ttl }) => ttl);
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

interface Answer {
  status: number;
  body: string;
  /** Address of this machine, as the other end sees it. */
  own: string | undefined;
}

function get(probe: Probe, options: ProbeOptions, timeoutMs: number): Promise<Answer> {
  const { host, address, port, path } = probe;
  return new Promise((resolve, reject) => {
    const asked = request(
      {
        host: address ?? host,
        port,
        path,
        servername: host,
        headers: { host: port === 443 ? host : `${host}:${port}` },
        agent: false,
        timeout: timeoutMs,
        ...(options.caFile !== undefined && { ca: readFileSync(options.caFile) }),
      },
      (response) => {
        const own = response.socket.localAddress;
        let body = "";
        response.setEncoding("utf8");
        response.on("data", (chunk: string) => {
          body += chunk;
          // What is looked for stands at the beginning.
          if (body.length >= budgets.probe.maxBytes) end();
        });
        const end = () => {
          resolve({ status: response.statusCode ?? 0, body, own });
          asked.destroy();
        };
        response.on("end", end);
        response.on("error", reject);
      },
    );
    asked.on("timeout", () => asked.destroy(new Error(`no answer within ${timeoutMs / 1000} s`)));
    asked.on("error", reject);
    asked.end();
  });
}

/** 404 is what Traefik says for a host that it does not know. */
const isServed = (status: number) => status < 500 && status !== 404 && status !== 0;

async function lookHttps(probe: Probe, options: ProbeOptions, timeoutMs: number): Promise<Found> {
  const { status } = await get(probe, options, timeoutMs);
  return { ok: isServed(status), found: `status ${status}` };
}

async function lookHttp3(
  { host, address, port, path }: Probe,
  { curl = "curl", caFile }: ProbeOptions,
  timeoutMs: number,
): Promise<Found> {
  const version = await runProgram(curl, ["--version"]).catch(() => undefined);
  if (!version || !/^Features:.*\bHTTP3\b/m.test(version.stdout)) {
    return {
      ok: false,
      found:
        "not checked: found no client with HTTP/3 (docs/cutover.md names some; --curl, --skip http3)",
    };
  }
  const { code, stdout, stderr } = await runProgram(curl, [
    "--http3-only",
    "--silent",
    "--show-error",
    "--output",
    "/dev/null",
    "--max-time",
    String(timeoutMs / 1000),
    ...(address === undefined ? [] : ["--resolve", `${host}:${port}:${address}`]),
    ...(caFile === undefined ? [] : ["--cacert", caFile]),
    "--write-out",
    "%{http_version} %{http_code}",
    `https://${host}:${port}${path}`,
  ]);
  if (code !== 0) throw new Error(stderr.trim() || `curl ended with ${code}`);
  const [http = "", status = "0"] = stdout.trim().split(" ");
  return {
    ok: http === "3" && isServed(Number(status)),
    found: `HTTP/${http}, status ${status}`,
  };
}

async function lookClient(probe: Probe, options: ProbeOptions, timeoutMs: number): Promise<Found> {
  const { body, own } = await get(probe, options, timeoutMs);
  const seen = /^\s*"?x-real-ip"?\s*[:=]\s*"?\[?"?([0-9a-f.:]+)/im.exec(body)?.[1];
  const first = /^\s*"?x-forwarded-for"?\s*[:=]\s*"?\[?"?([0-9a-f.:]+)/im.exec(body)?.[1];
  const client = seen ?? first;
  if (client === undefined) {
    return { ok: false, found: "the page shows neither X-Real-Ip nor X-Forwarded-For" };
  }
  return { ok: client === own, found: `the origin sees ${client}, this machine has ${own}` };
}

async function lookApart({ host, addresses }: Extract<Check, { kind: "apart" }>): Promise<Found> {
  const found = isIP(host)
    ? [host]
    : (await lookup(host, { all: true, family: 4 })).map(({ address }) => address);
  return {
    ok: !found.some((address) => addresses.includes(address)),
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
  const text = error.message.split("\n")[0] || error.name;
  // A certificate's names can fill a screen.
  return (
    (code !== undefined && reasons[code]) || (text.length > 160 ? `${text.slice(0, 157)}...` : text)
  );
}
