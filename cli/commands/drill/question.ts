import type { Question } from "../../../clients/steady/question";
import type { SteadyPlan } from "../../../clients/steady/steady-client";
import { hostText, withPort } from "../../../model/network/address";
import { UsageError } from "../../lib/usage";
import type { Pair } from "../../lib/vrrp-pair";

const EVERY_MS = 50;
const TIMEOUT_MS = 2000;

type DrilledService = Pick<Pair, "place" | "vip" | "service">;

/**
 * What the client of a drill asks: the check of a service pair, at its address; else HTTPS.
 *
 * @param url what somebody wants to have asked instead
 * @throws UsageError where the check cannot be asked from here, or the URL is none
 */
export function planOf(pair: DrilledService, url: string | undefined): SteadyPlan {
  const { port, question } = url === undefined ? ownQuestion(pair) : questionOf(pair, url);
  // The virtual address itself, whatever a name leads to: that is what is drilled.
  return { address: pair.vip, port, everyMs: EVERY_MS, timeoutMs: TIMEOUT_MS, question };
}

function ownQuestion({
  place,
  vip,
  service,
}: DrilledService): Pick<SteadyPlan, "port" | "question"> {
  const { probe } = service;
  if (!place.startsWith("servicePairs.")) {
    return {
      port: service.port,
      question: { kind: "http", host: hostText(vip), path: "/", tls: true },
    };
  }
  switch (probe.kind) {
    case "http": {
      const { port, path } = probe;
      return { port, question: { kind: "http", host: hostText(vip), path, tls: false } };
    }
    case "dns": {
      const { port, ...question } = probe;
      return { port, question };
    }
    case "mqtt":
    case "tcp":
      return { port: probe.port, question: { kind: probe.kind } };
    case "script":
      throw new UsageError(
        `the check of ${place} is a script of its members, which cannot be asked from here; name with --url what is served over HTTP on ${vip}, or --url tcp://${withPort(vip, service.port)} to measure whether connections are taken`,
      );
  }
}

function questionOf(
  { vip, service }: DrilledService,
  url: string,
): Pick<SteadyPlan, "port" | "question"> {
  const found = URL.canParse(url) ? new URL(url) : undefined;
  const port = Number(found?.port);
  if (found?.protocol === "tcp:" && port > 0 && /^\/?$/.test(found.pathname)) {
    return { port, question: { kind: "tcp" } };
  }
  if (!found || !/^https?:$/.test(found.protocol) || found.username !== "") {
    throw new UsageError(
      `found --url ${JSON.stringify(url)}, expected http:// or https:// with a host, e.g. https://${hostText(vip)}/, or a port, e.g. tcp://${withPort(vip, service.port)}`,
    );
  }
  const tls = found.protocol === "https:";
  const question: Question = {
    kind: "http",
    host: found.host,
    path: `${found.pathname}${found.search}`,
    tls,
  };
  return { port: port || (tls ? 443 : 80), question };
}

/** What is asked, as an address to read. */
export function urlOf({ address, port, question }: SteadyPlan): string {
  switch (question.kind) {
    case "http": {
      const { tls, host, path } = question;
      return `${tls ? "https" : "http"}://${/:\d+$/.test(host) ? host : `${host}:${port}`}${path}`;
    }
    case "dns":
      return `dns://${withPort(address, port)}/${question.name}?type=${question.type}`;
    case "mqtt":
    case "tcp":
      return `${question.kind}://${withPort(address, port)}`;
  }
}
