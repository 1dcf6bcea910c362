import type { ClientRequest, IncomingMessage } from "node:http";
import { request } from "node:https";
import { z } from "zod";
import { foreign } from "../../model/foreign-text";
import { tlsErrorText } from "../../model/text";
import { type Budget, budgets, OverrunError, within } from "../deadline";
import { type Watch, watched } from "../watch";
import { TrustingAgent } from "./connect";
import { ProxmoxError } from "./errors";
import { Queue } from "./queue";
import { type Answer, refusal } from "./refusal";
import { checkOptions, type ProxmoxOptions } from "./settings";

/** Parameters of a call. */
export type Query = Readonly<Record<string, string | number>>;

/** A Proxmox API that is only ever read. */
export interface Proxmox {
  /** URL of the API's server, for messages. */
  readonly origin: string;
  /**
   * Reads one path below `/api2/json`, e.g. `/cluster/status`.
   *
   * @throws ProxmoxError
   */
  get<T>(path: string, schema: z.ZodType<T>, query?: Query): Promise<T>;
  /** Reads a list that the API gives out in pieces (`start`, `limit`), up to `max` entries. */
  pages<T>(path: string, item: z.ZodType<T>, query?: Query, max?: number): Promise<T[]>;
  close(): void;
}

const PAGE = 500;

/**
 * Opens the API of a cluster. Nothing is sent before the first call, and nothing ever to a server
 * whose certificate is not the right one; there is no way to turn that off.
 *
 * @throws ProxmoxError of the kind `settings`
 */
export function openProxmox(options: ProxmoxOptions): Proxmox {
  const {
    origin,
    token,
    ca,
    fingerprint,
    timeoutMs = budgets.proxmox.totalMs,
    maxParallel = 6,
  } = checkOptions(options);
  const agent = new TrustingAgent(
    { origin, ...(ca !== undefined && { ca }), ...(fingerprint !== undefined && { fingerprint }) },
    maxParallel,
  );
  const queue = new Queue(maxParallel);
  const budget = within(budgets.proxmox, timeoutMs);

  const ask = (path: string, query: Query = {}): Promise<Answer> => {
    const url = new URL(`${origin}/api2/json${path}`);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, String(value));
    const headers = { authorization: `PVEAPIToken=${token}`, accept: "application/json" };
    return queue.run(() => fetchText(url, { agent, headers, budget, origin, path }));
  };

  const read = async <T>(path: string, schema: z.ZodType<T>, query?: Query) => {
    const answer = await ask(path, query);
    if (answer.status !== 200) throw refusal(origin, path, answer);
    return decode(origin, path, answer.body, schema);
  };

  return {
    origin,
    get: (path, schema, query) => read(path, schema, query),
    async pages<T>(path: string, item: z.ZodType<T>, query: Query = {}, max = 10_000) {
      const found: T[] = [];
      while (found.length < max) {
        const limit = Math.min(PAGE, max - found.length);
        const page = await read(path, z.array(item), { ...query, start: found.length, limit });
        // A server that does not know `limit` gives everything at once.
        for (const entry of page.slice(0, limit)) found.push(entry);
        if (page.length < limit) break;
      }
      return found;
    },
    close: () => agent.destroy(),
  };
}

interface Call {
  agent: TrustingAgent;
  headers: Record<string, string>;
  budget: Budget;
  origin: string;
  path: string;
}

async function fetchText(url: URL, call: Call): Promise<Answer> {
  const { agent, headers, budget, origin, path } = call;
  let sent: ClientRequest | undefined;
  const exchange = (guard: Watch) =>
    new Promise<Answer>((resolve, reject) => {
      sent = request(url, { agent, headers }, (response: IncomingMessage) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => {
          guard.heard(chunk.length);
          chunks.push(chunk);
        });
        response.once("error", reject);
        response.once("end", () => {
          const body = Buffer.concat(chunks).toString("utf8");
          const { statusCode: status = 0, statusMessage: reason = "" } = response;
          resolve({ status, reason, body });
        });
      });
      sent.once("socket", () => guard.connected());
      // Also after the first: giving a connection up makes one more.
      sent.on("error", reject);
      sent.end();
    });
  try {
    return await watched(budget, exchange, () => sent?.destroy());
  } catch (error) {
    if (error instanceof ProxmoxError) throw error;
    if (error instanceof OverrunError) throw overrun(origin, path, error);
    throw unreachable(origin, error as Error);
  }
}

function overrun(origin: string, path: string, { kind, message }: OverrunError): ProxmoxError {
  if (kind === "size") {
    return new ProxmoxError(
      "malformed",
      `${origin}${path}: ${message}, which Proxmox never gives; see whether a proxy answers in its place`,
    );
  }
  const fix = "see whether the node is overloaded, or name another node in PROXMOX_VE_ENDPOINT";
  return new ProxmoxError("timeout", `${origin}${path}: ${message}; ${fix}`);
}

function unreachable(origin: string, error: Error & { code?: string }): ProxmoxError {
  return new ProxmoxError(
    "unreachable",
    `${origin}: no connection to the Proxmox API (${tlsErrorText(error) || error.code}); correct PROXMOX_VE_ENDPOINT, or name a node that is up`,
    error.code,
  );
}

function decode<T>(origin: string, path: string, body: string, schema: z.ZodType<T>): T {
  let data: unknown;
  try {
    data = JSON.parse(body);
  } catch {
    const start = JSON.stringify(body.slice(0, 40));
    throw new ProxmoxError(
      "malformed",
      `${origin}${path}: the answer is not JSON (it begins with ${start}); see whether a proxy answers in place of Proxmox`,
    );
  }
  const result = z.object({ data: schema }).safeParse(data);
  if (result.success) return result.data.data;
  const issue = result.error.issues[0];
  throw new ProxmoxError(
    "malformed",
    `${origin}${path}: the answer is not as Proxmox documents it: ${issue?.path.join(".") || "the whole"}: ${foreign(issue?.message ?? "", 200)}; see whether this version of Proxmox VE (8 and 9 are known) answers so`,
  );
}
