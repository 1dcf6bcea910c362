import { counted, listed } from "../text";
import type { StatusItem } from "./types";

/** How many connectors a tunnel has. */
export interface TunnelReading {
  /** Name in the stack file. */
  name: string;
  /** Connectors that the stack file asks for. */
  wanted: number;
  /** Whose word it is: `Cloudflare`, `kubectl`. */
  source?: string;
  connectors?: number;
  /** Why nobody could be asked. */
  unknown?: string;
  /** Hosts that hold it open. @default pods do */
  hosts?: readonly ConnectorReading[];
}

/** What a host says of its connector. */
export interface ConnectorReading {
  host: string;
  /** Whether it is connected to Cloudflare. @default the host could not be asked */
  ready?: boolean;
  /** Why it is not ready, or could not be asked. */
  why?: string;
}

/** What a host printed when it was asked for its connector. */
export function connectorReading(host: string, printed: string): ConnectorReading {
  const unit = /^unit ([a-z]+)$/m.exec(printed)?.[1];
  const status = /^ready (\d{3})$/m.exec(printed)?.[1];
  if (unit === undefined || status === undefined) return { host, why: "gave no whole answer" };
  if (unit !== "active") return { host, ready: false, why: `its unit is ${unit}` };
  if (status === "200") return { host, ready: true };
  const why =
    status === "000" ? "cloudflared does not answer" : "cloudflared is not connected to Cloudflare";
  return { host, ready: false, why };
}

/** How many hosts are connected; undefined while those that were not asked could be any number. */
export function readyConnectors(hosts: readonly ConnectorReading[]): number | undefined {
  const ready = hosts.filter((host) => host.ready === true).length;
  // What could not be asked is left out: one or more are known to be there.
  return ready === 0 && hosts.some((host) => host.ready === undefined) ? undefined : ready;
}

/** Whether a tunnel survives the loss of a connector; with none it is down. */
export function judgeTunnel({
  name,
  wanted,
  source,
  connectors,
  unknown,
  hosts,
}: TunnelReading): StatusItem {
  const subject = `tunnels.${name}`;
  if (connectors === undefined) {
    return { level: "unknown", subject, text: `connectors not asked: ${unknown}` };
  }
  const bad = (hosts ?? []).flatMap(({ host, why }) =>
    why === undefined ? [] : [`${host}: ${why}`],
  );
  const text = [`${connectors} of ${wanted} connectors, by ${source}`, ...bad].join("; ");
  const fix = hosts
    ? `journalctl -u cloudflared-${name} -n 50 on ${listed(hosts.map(({ host }) => host))}`
    : `kubectl get pods --all-namespaces --selector app.kubernetes.io/name=cloudflared,app.kubernetes.io/instance=${name}`;
  if (connectors === 0) return { level: "problem", subject, text: `down: ${text}`, fix };
  if (connectors < 2) {
    const words = `${text}: the loss of ${bad.length > 0 ? "the other" : "it"} takes the tunnel down`;
    return { level: "warning", subject, text: words, fix };
  }
  return connectors < wanted || bad.length > 0
    ? { level: "warning", subject, text, fix }
    : { level: "ok", subject, text };
}

/** What an address that MetalLB announces says to a connection, and on the wire of those who see it. */
export interface IngressReading {
  /** Name in the stack file. */
  name: string;
  address: string;
  /** Why a port takes no connection from this machine. */
  ports: { port: number; refused?: string }[];
}

/** Whether an address of a Service answers. */
export function judgeIngress({ name, address, ports }: IngressReading): StatusItem {
  const subject = `kubernetesIngress.${name}`;
  const dead = ports.filter(({ refused }) => refused !== undefined);
  if (dead.length === 0) {
    const text = `${address} takes connections on ${counted(ports.length, "port")}`;
    return { level: "ok", subject, text };
  }
  const reasons = dead.map(({ port, refused }) => `port ${port}: ${refused}`).join("; ");
  return {
    level: "problem",
    subject,
    text: `${address} does not take connections from here: ${reasons}`,
    fix: "see which node announces it: kubectl get servicel2status --all-namespaces",
  };
}
