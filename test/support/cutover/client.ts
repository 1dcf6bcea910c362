import { Resolver } from "node:dns/promises";
import { get as getHttp } from "node:http";
import { get as getHttps, type RequestOptions } from "node:https";
import { errorText } from "../../../model/text";

/** A request that nobody answered well. */
export interface Lost {
  path: string;
  /** What went on at that time. */
  during: string;
  why: string;
}

/** What a client that never stops has seen. */
export interface Tally {
  /** Requests that were answered, by path. */
  served: Record<string, number>;
  lost: Lost[];
}

/** How a client reaches what it wants; each is a loop of its own. */
export interface Paths {
  /** By name, through a cache that keeps an answer for its TTL. */
  name: { host: string; server: string; port: number };
  /** By the address that the firewall forwards to. */
  alias: () => string;
  /** Through the tunnel. */
  tunnel: { host: string; address: string; port: number };
  ca: Buffer;
}

/** A slow machine must not count as an outage. */
const PATIENCE_MS = 8000;

/** Between two requests on a path: each costs a TLS handshake, and shorter ones took a third of a processor. */
const PAUSE_MS = 50;

/** Starts requests on every path, one after the other. */
export function startClient(paths: Paths): {
  tally: Tally;
  during(what: string): void;
  stop(): Promise<Tally>;
} {
  const tally: Tally = { served: {}, lost: [] };
  let [stopped, now] = [false, "the beginning"];
  const { name, alias, tunnel, ca } = paths;
  const cached = cachedName(name.host, name.server);
  const secure = (address: string) =>
    answered(getHttps, {
      host: address,
      port: name.port,
      servername: name.host,
      headers: { host: name.host },
      ca,
    });
  const ways: Record<string, () => Promise<void>> = {
    name: async () => secure(await cached()),
    alias: () => secure(alias()),
    tunnel: () =>
      answered(getHttp, {
        host: tunnel.address,
        port: tunnel.port,
        headers: { host: tunnel.host },
      }),
  };
  const loops = Object.entries(ways).map(async ([path, ask]) => {
    while (!stopped) {
      const during = now;
      try {
        await ask();
        tally.served[path] = (tally.served[path] ?? 0) + 1;
      } catch (error) {
        const why = errorText(error);
        tally.lost.push({ path, during, why });
      }
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  });
  return {
    tally,
    during: (what) => {
      now = what;
    },
    stop: async () => {
      stopped = true;
      await Promise.all(loops);
      return tally;
    },
  };
}

function cachedName(host: string, server: string): () => Promise<string> {
  const resolver = new Resolver({ timeout: PATIENCE_MS, tries: 1 });
  resolver.setServers([server]);
  let known = { address: "", until: 0 };
  return async () => {
    if (Date.now() < known.until) return known.address;
    const [answer] = await resolver.resolve4(host, { ttl: true });
    if (!answer) throw new Error(`no answer for ${host}`);
    known = { address: answer.address, until: Date.now() + answer.ttl * 1000 };
    return known.address;
  };
}

function answered(get: typeof getHttps | typeof getHttp, options: RequestOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    const asked = get({ ...options, agent: false, timeout: PATIENCE_MS }, (response) => {
      response.resume();
      response.on("end", () =>
        response.statusCode === 200
          ? resolve()
          : reject(new Error(`status ${response.statusCode}`)),
      );
      response.on("error", reject);
    });
    asked.on("timeout", () => asked.destroy(new Error("no answer")));
    asked.on("error", reject);
  });
}
