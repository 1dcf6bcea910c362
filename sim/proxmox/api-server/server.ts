import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import type { ProxmoxState } from "../../world";
import { answerOf } from "./answers";
import { type SelfSigned, selfSigned } from "./certificate";
import type { Site } from "./site";
import type { ApiAnswer } from "./world";

/** Something that the API does wrong. */
export interface ApiFault {
  /** Path below `/api2/json`. */
  path: RegExp;
  /** Which of the calls that match, counted from 1. @default every one */
  nth?: number;
  /** Status and words instead of the answer. */
  answer?: { status: number; reason: string };
  /** Text instead of JSON, as a proxy in between would give. */
  body?: string;
  /** Milliseconds before anything is said. */
  delayMs?: number;
  /** Breaks the connection. */
  hangUp?: boolean;
  /** Something that happens to the cluster right after the call was answered. */
  afterwards?: () => void;
}

/** What a simulated API serves. */
export interface ProxmoxApiOptions {
  /** The cluster as it is at each call. */
  state: () => ProxmoxState;
  site: Site;
  /** Nodes that are off; the cluster knows. */
  offline?: readonly string[];
  /** Nodes that the cluster holds for online and that do not answer. */
  silent?: readonly string[];
  faults?: readonly ApiFault[];
  /** @default one that is good for 127.0.0.1 and localhost */
  certificate?: SelfSigned;
}

/** A running API. */
export interface ProxmoxApi {
  endpoint: string;
  token: string;
  certificate: SelfSigned;
  /** Every path that was asked for, with its parameters. */
  calls: string[];
  stop(): Promise<void>;
}

/** The only token that is let in. */
export const simulatedToken = "audit@pve!homelab=5d3f8c1a-0000-4000-8000-000000000000";

/** Serves the API of a simulated cluster over HTTPS on a loopback port, read only. */
export async function serveProxmoxApi(options: ProxmoxApiOptions): Promise<ProxmoxApi> {
  const certificate = options.certificate ?? selfSigned(["127.0.0.1", "localhost"]);
  const calls: string[] = [];
  const counts = new Map<ApiFault, number>();
  const server = createServer(
    { key: certificate.key, cert: certificate.cert },
    (request, response) => {
      void respond(options, counts, calls, request, response);
    },
  );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `https://127.0.0.1:${port}`,
    token: simulatedToken,
    certificate,
    calls,
    stop: () => close(server),
  };
}

async function respond(
  options: ProxmoxApiOptions,
  counts: Map<ApiFault, number>,
  calls: string[],
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? "/", "https://localhost");
  const path = url.pathname.replace(/^\/api2\/json/, "");
  calls.push(`${path}${url.search}`);
  const fault = due(options.faults ?? [], counts, path);
  if (fault?.delayMs !== undefined) {
    await new Promise((resolve) => setTimeout(resolve, fault.delayMs));
  }
  if (fault?.hangUp) return void request.socket.destroy();
  if (fault?.body !== undefined) {
    response.writeHead(200, "OK", { "content-type": "application/json" });
    return void response.end(fault.body);
  }
  send(
    response,
    fault?.answer ? { ...fault.answer, data: null } : judged(options, request, url, path),
  );
  fault?.afterwards?.();
}

function judged(
  options: ProxmoxApiOptions,
  { headers, method }: IncomingMessage,
  url: URL,
  path: string,
): ApiAnswer {
  const refuse = (status: number, reason: string) => ({ status, reason, data: null });
  // pve-manager, HTTPServer.pm `auth_handler`
  const shown = headers.authorization;
  if (shown === undefined) return refuse(401, "No ticket");
  if (shown !== `PVEAPIToken=${simulatedToken}`) return refuse(401, "Authentication failed!");
  if (method !== "GET") return refuse(501, `Method '${method} ${path}' not implemented`);
  const world = {
    pve: options.state(),
    site: options.site,
    offline: new Set(options.offline),
    silent: new Set(options.silent),
    now: Math.floor(Date.now() / 1000),
  };
  return answerOf(world, path, url.searchParams);
}

function due(
  faults: readonly ApiFault[],
  counts: Map<ApiFault, number>,
  path: string,
): ApiFault | undefined {
  let found: ApiFault | undefined;
  for (const fault of faults) {
    if (!fault.path.test(path)) continue;
    const count = (counts.get(fault) ?? 0) + 1;
    counts.set(fault, count);
    if (fault.nth === undefined || fault.nth === count) found ??= fault;
  }
  return found;
}

function send(response: ServerResponse, { status, reason, data, total }: ApiAnswer): void {
  const body =
    status === 200
      ? { data, ...(total !== undefined && { total }) }
      : { data, message: `${reason}\n` };
  response.writeHead(status, reason, { "content-type": "application/json;charset=UTF-8" });
  response.end(JSON.stringify(body));
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
