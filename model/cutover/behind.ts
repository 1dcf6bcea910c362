import type { CutoverFacts } from "./types";

/** How something is reached through what moves. */
export interface Behind {
  /** In words that follow "it is": `at 10.0.20.200 itself`. */
  how: string;
}

type Leads = Pick<CutoverFacts, "from" | "to" | "dns" | "tunnels" | "shares">;

/** The record that answers for a name: its own, else the nearest wildcard above it (RFC 4592). */
export function recordFor(
  name: string,
  dns: CutoverFacts["dns"],
): CutoverFacts["dns"][number] | undefined {
  const own = dns.find(({ record }) => record === name);
  if (own) return own;
  const labels = name.split(".");
  for (let cut = 1; cut < labels.length; cut++) {
    const parent = labels.slice(cut).join(".");
    const wildcard = dns.find(({ record }) => record === `*.${parent}`);
    if (wildcard) return wildcard;
    // A name that exists stops the search: no wildcard above it answers below it.
    if (dns.some(({ record }) => record === parent)) return undefined;
  }
  return undefined;
}

/** Whether a host name or address leads through what moves, by the declared DNS and tunnels. */
export function behind(host: string, port: number | undefined, facts: Leads): Behind | undefined {
  const { from, to, dns, tunnels } = facts;
  const moving = (address: string) => address === from || address === to.address;
  if (moving(host)) return { how: `at ${host} itself${sharer(host, port, facts)}` };
  const record = recordFor(host, dns);
  if (record && moving(record.address)) {
    const by = record.record === host ? "" : ` by "${record.record}"`;
    return {
      how: `at ${host}, which homelab:dns leads to ${record.address}${by}${sharer(record.address, port, facts)}`,
    };
  }
  const rule = tunnels.find(
    ({ hostname }) =>
      hostname === host || (hostname.startsWith("*.") && host.endsWith(hostname.slice(1))),
  );
  if (record === undefined && rule?.leads) {
    return { how: `at ${host}, which tunnel "${rule.tunnel}" leads to ${to.what}` };
  }
  return undefined;
}

function sharer(address: string, port: number | undefined, { from, shares }: Leads): string {
  const one = shares.find(({ ports }) => port !== undefined && ports.includes(port));
  return address === from && one ? ` (port ${port}, "${one.name}", which shares it)` : "";
}

const defaultPorts: Record<string, number> = { postgres: 5432, postgresql: 5432, https: 443 };

/**
 * Host and port of a state backend; undefined for one that needs no network of the house to be
 * named: a folder, or a cloud's own storage.
 *
 * @see https://www.pulumi.com/docs/iac/concepts/state-and-backends/
 */
export function backendHost(url: string): { host: string; port?: number } | undefined {
  const [, scheme = "", rest = ""] = /^([a-z0-9+]+):\/\/(.*)$/i.exec(url) ?? [];
  if (scheme === "file") return undefined;
  // An S3-compatible store is named by `endpoint`, not by the bucket that stands as the host.
  const endpoint = /[?&]endpoint=([^&]*)/.exec(rest)?.[1];
  if (endpoint !== undefined) {
    const decoded = decodeURIComponent(endpoint);
    return hostPort(decoded.replace(/^[a-z]+:\/\//i, ""), 443);
  }
  if (["s3", "gs", "azblob"].includes(scheme)) return undefined;
  return hostPort(rest.replace(/^[^/?#]*@/, ""), defaultPorts[scheme]);
}

function hostPort(rest: string, fallback: number | undefined) {
  const [, host = "", port] = /^([^/?#:]+)(?::(\d+))?/.exec(rest) ?? [];
  if (host === "") return undefined;
  const number = port === undefined ? fallback : Number(port);
  return { host, ...(number !== undefined && { port: number }) };
}
