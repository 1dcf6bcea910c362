import { foreign } from "../foreign-text";
import type { Distribution } from "../kubernetes/distribution";
import { type CheckResult, resultsOf } from "./types";

const DAY_MS = 24 * 60 * 60 * 1000;

/** Days before the end of a certificate from which it is a problem: a month of holidays must not be an outage. */
const EARLY_DAYS = 30;

/** What an API server said at one address, or why it said nothing. */
export interface ApiServerReading {
  /** The server, or `address` for one that moves between them. */
  name: string;
  address: string;
  /** @default it gave no answer */
  status?: number;
  certificate?: { name: string; endMs: number; fits: boolean };
  /** Why there was no answer. */
  refused?: string;
}

/** The API servers of one cluster as they answered, and how their answers are read. */
export interface ApiServersReading {
  /** Place in the stack file: `kubernetes.home`. */
  place: string;
  distribution: Distribution;
  port: number;
  check: { path: string; statuses: readonly number[] };
  /** The API's own addresses; none where they are this stack's own affair, or it has none. */
  shared: readonly ApiServerReading[];
  masters: readonly ApiServerReading[];
  /** Whether the next `up` may be what makes the cluster. */
  madeByUp?: boolean;
}

/** What an `up` and its objects need of each API server: an answer, and a certificate that lasts and fits. */
export function judgeApiServers(reading: ApiServersReading, nowMs: number): CheckResult[] {
  const { shared, masters } = reading;
  return [
    ...shared.map((one) => judgeOne(reading, one, nowMs, true)),
    ...masters.map((one) => judgeOne(reading, one, nowMs, false)),
  ];
}

function judgeOne(
  reading: ApiServersReading,
  server: ApiServerReading,
  nowMs: number,
  isShared: boolean,
): CheckResult {
  const { place, port, check, distribution } = reading;
  const { ok, problem, notChecked } = resultsOf("API server", `${place} ${server.name}`);
  const where = `${server.address} (port ${port})`;
  const { status, certificate } = server;
  const holder = isShared ? "the master that has it" : server.name;
  if (status === undefined) {
    const words = `no answer at ${where}: ${foreign(server.refused ?? "no reason given", 300)}`;
    if (reading.madeByUp)
      return notChecked(`${words}; kubeadm.join of the next \`up\` may make it`);
    const away = !isShared && reading.shared.some((one) => one.status !== undefined);
    if (away) {
      return notChecked(
        `${words}, though the API's own address answers: it may not be reached from here`,
      );
    }
    return problem(
      words,
      isShared
        ? "see who announces it, and whether it is reached from here"
        : startOf(distribution, holder),
    );
  }
  const said = `${check.path} at ${where} answers ${status}`;
  if (!check.statuses.includes(status)) {
    if (status === 401 || status === 403) {
      return notChecked(`${said}: it wants a credential, so whether it is ready is not known`);
    }
    return problem(
      `${said}, expected ${check.statuses.join(" or ")}`,
      startOf(distribution, holder),
    );
  }
  if (certificate === undefined) return ok(`${said}; its certificate could not be read`);
  const day = new Date(certificate.endMs).toISOString().slice(0, 10);
  const days = Math.floor((certificate.endMs - nowMs) / DAY_MS);
  const named = `its certificate "${foreign(certificate.name, 100)}"`;
  if (certificate.endMs <= nowMs) {
    return problem(`${said}, but ${named} ended on ${day}`, renewalOf(distribution));
  }
  if (days < EARLY_DAYS) {
    return problem(`${said}; ${named} ends on ${day}, in ${days} days`, renewalOf(distribution));
  }
  if (isShared && !certificate.fits) {
    return problem(
      `${said}, but ${named} is not for ${server.address}, so clients that verify it refuse it`,
      sanOf(distribution, server.address),
    );
  }
  return ok(`${said}; ${named} until ${day}`);
}

function startOf(distribution: Distribution, name: string): string {
  switch (distribution) {
    case "k3s":
      return `on ${name}: journalctl -u k3s -n 100`;
    case "rke2":
      return `on ${name}: journalctl -u rke2-server -n 100`;
    case "talos":
      return `see talosctl containers --kubernetes of ${name}`;
    default:
      return `on ${name}: crictl ps -a --name kube-apiserver, then crictl logs with its id`;
  }
}

function renewalOf(distribution: Distribution): string {
  switch (distribution) {
    case "k3s":
      return "renew it: k3s certificate rotate, with k3s stopped, one server after the other";
    case "rke2":
      return "renew it: rke2 certificate rotate, with rke2-server stopped, one server after the other";
    case "talos":
      return "Talos renews it by itself: see why it did not with talosctl service apid and the log of the machine";
    default:
      return "renew it on each master: kubeadm certs renew all, then restart its static pods";
  }
}

function sanOf(distribution: Distribution, address: string): string {
  switch (distribution) {
    case "k3s":
    case "rke2":
      return `add ${address} to tls-san of every server, and restart them one after the other`;
    case "talos":
      return `add ${address} to cluster.apiServer.certSANs of the machine configuration`;
    default:
      return `add ${address} to apiServer.certSANs of kubeadm's configuration, and make apiserver.crt anew: kubeadm init phase certs apiserver`;
  }
}
