import { readFileSync } from "node:fs";
import { createServer as createHttp, type Server } from "node:http";
import { createServer as createHttps, request } from "node:https";
import { isIP } from "node:net";
import { type Props, record, text } from "../../../sim/props";
import { stateIn, type WorldState } from "../../../sim/world";

/** PEM files of the hosts' certificate and of the CA that signed it. */
export interface Certificates {
  key: string;
  cert: string;
  ca: string;
}

/** What really listens, following what the simulated platforms say. */
export interface Plane {
  /** Port that stands for 443, the same on every address. */
  port: number;
  /** Address of the tunnel's edge: plain HTTP, as between a browser and a test. */
  edge: { address: string; port: number };
  /** Addresses that answer now. */
  listening(): string[];
  stop(): Promise<void>;
}

const PODS = "127.0.20.11";
const EDGE = "127.0.20.99";

/**
 * Serves every LoadBalancer Service of a simulated cluster on its address, and the tunnel's rules
 * at an edge: real sockets with TLS, opened and closed as the world file changes.
 */
export async function startPlane(worldFile: string, certificates: Certificates): Promise<Plane> {
  const pods = await listen(serve(certificates, false), PODS, 0);
  const port = portOf(pods);
  const open = new Map<string, Server>();
  let world = readWorld(worldFile);
  const edge = await listen(
    tunnelEdge(() => world, port, certificates),
    EDGE,
    0,
  );

  const follow = async () => {
    world = readWorld(worldFile) ?? world;
    const wanted = new Map(announced(world));
    for (const [address, server] of open) {
      if (wanted.has(address)) continue;
      open.delete(address);
      server.close();
      server.closeAllConnections();
    }
    for (const [address, local] of wanted) {
      if (open.has(address)) continue;
      const server = serve(certificates, !local);
      open.set(address, server);
      await listen(server, address, port);
    }
  };
  let stopped = false;
  const loop = (async () => {
    while (!stopped) {
      await follow();
      await new Promise((resolve) => setTimeout(resolve, 15));
    }
  })();
  await follow();
  return {
    port,
    edge: { address: EDGE, port: portOf(edge) },
    listening: () => [...open.keys()].sort(),
    stop: async () => {
      stopped = true;
      await loop;
      for (const server of [pods, edge, ...open.values()]) {
        server.close();
        server.closeAllConnections();
      }
    },
  };
}

/** Half a file is never there: the platforms replace it whole. */
function readWorld(file: string): WorldState | undefined {
  try {
    return stateIn(file);
  } catch {
    return undefined;
  }
}

/** Address and whether the policy is Local, of every Service that MetalLB announces. */
function announced(world: WorldState | undefined): [address: string, local: boolean][] {
  return Object.entries(world?.kubernetes ?? {}).flatMap(([key, service]) => {
    const spec = record(service, "spec");
    if (!key.startsWith("v1/Service/") || spec.type !== "LoadBalancer") return [];
    const annotations = record(record(service, "metadata"), "annotations");
    const address = text(annotations, "metallb.io/loadBalancerIPs");
    return isIP(address) === 0 ? [] : [[address, spec.externalTrafficPolicy === "Local"]];
  });
}

/** Traefik, as far as anybody sees it: 200, and whoami on one path. */
function serve({ key, cert }: Certificates, hidesClients: boolean): Server {
  const options = { key: readFileSync(key), cert: readFileSync(cert) };
  return createHttps(options, (asked, response) => {
    // Under policy Cluster a node stands in for the client, as the owner saw it.
    const client = hidesClients ? "127.0.20.103" : (asked.socket.remoteAddress ?? "");
    response.setHeader("connection", "close");
    response.end(asked.url === "/whoami" ? `X-Real-Ip: ${client}\n` : "ok\n");
  }) as unknown as Server;
}

/** cloudflared and the edge in one: the first rule that matches, then its Service or its address. */
function tunnelEdge(
  world: () => WorldState | undefined,
  port: number,
  { ca }: Certificates,
): Server {
  const trusted = readFileSync(ca);
  return createHttp((asked, response) => {
    const host = (asked.headers.host ?? "").split(":")[0] ?? "";
    const fail = (status: number, why: string) => {
      response.statusCode = status;
      response.end(why);
    };
    const service = ruleFor(world(), host);
    const address = service && originAddress(world(), service);
    if (address === undefined) return fail(502, `no origin for ${host}: ${service}`);
    request(
      { host: address, port, servername: host, ca: trusted, agent: false, headers: { host } },
      (answer) => {
        response.statusCode = answer.statusCode ?? 502;
        answer.pipe(response);
      },
    )
      .on("error", (error) => fail(502, error.message))
      .end();
  });
}

function ruleFor(world: WorldState | undefined, host: string): string | undefined {
  const rules = Object.values(world?.cloudflare.tunnels ?? {}).flatMap(({ config }) =>
    Array.isArray(config?.ingresses) ? (config.ingresses as Props[]) : [],
  );
  const rule = rules.find((one) => {
    const name = text(one, "hostname");
    return name === host || (name.startsWith("*.") && host.endsWith(name.slice(1)));
  });
  return rule && text(rule, "service");
}

/** Where a rule's origin leads: an address itself, or the pods behind a Service that exists. */
function originAddress(world: WorldState | undefined, url: string): string | undefined {
  const host = new URL(url).hostname;
  if (isIP(host) !== 0) return host;
  const [name, namespace] = host.split(".");
  return world?.kubernetes[`v1/Service/${namespace}/${name}`] === undefined ? undefined : PODS;
}

function listen(server: Server, address: string, port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, address, () => resolve(server));
  });
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  return address.port;
}
