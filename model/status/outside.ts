import { counted } from "../text";
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
}

/** Whether a tunnel survives the loss of a connector; with none it is down. */
export function judgeTunnel({
  name,
  wanted,
  source,
  connectors,
  unknown,
}: TunnelReading): StatusItem {
  const subject = `tunnels.${name}`;
  if (connectors === undefined) {
    return { level: "unknown", subject, text: `connectors not asked: ${unknown}` };
  }
  const text = `${connectors} of ${wanted} connectors, by ${source}`;
  const fix = `kubectl get pods --all-namespaces --selector app.kubernetes.io/name=cloudflared,app.kubernetes.io/instance=${name}`;
  if (connectors === 0) return { level: "problem", subject, text: `down: ${text}`, fix };
  if (connectors < 2) {
    const words = `${text}: the loss of it takes the tunnel down`;
    return { level: "warning", subject, text: words, fix };
  }
  return connectors < wanted
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
