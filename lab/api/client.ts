import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Request } from "../../model/drill/requests";
import type { Client } from "../instruments/client";
import { startProcess } from "../instruments/station-process";
import { CLIENT } from "../machine/network";
import { must } from "../machine/shell";
import { PKI } from "./masters";

/** Where, what and how often the client of the API asks. */
export interface ApiClientPlan {
  address: string;
  port: number;
  /** PEM texts. */
  ca: string;
  cert: string;
  key: string;
  /** Milliseconds between the starts of two requests, each on a connection of its own. */
  everyMs: number;
  /** Milliseconds between two requests that need etcd, of either kind. */
  storeEveryMs: number;
  /** Milliseconds after which a request counts as lost. */
  timeoutMs: number;
  /** Watch streams that are held open beside the requests. */
  streams: number;
}

/** What the client's process is told. */
export type ApiClientMessage = { start: ApiClientPlan } | { stop: true };

/** A watch stream from its first event to its end; times of the machine's monotonic clock. */
export interface Stream {
  /** Which of the streams; one that is cut is opened again under its number. */
  number: number;
  openMs: number;
  /** Master at the other end. */
  master: string;
  /** When and how it was cut. @default it was open in the end */
  cutMs?: number;
  why?: string;
}

/** What the client's process hands back. */
export interface Seen {
  /** What the API servers answer from their memory. */
  requests: Request[];
  /** What they have to read from etcd. */
  reads: Request[];
  /** What they have to write into etcd. */
  writes: Request[];
  streams: Stream[];
}

/** Sends TLS requests to the virtual address and watches, from a namespace of its own. */
export interface ApiClient extends Client {
  /** Everything of the last run. */
  seen(): Seen;
}

/** Starts the client's process; it is idle until it is told to start. */
export async function startApiClient(
  plan: Omit<ApiClientPlan, "ca" | "cert" | "key">,
): Promise<ApiClient> {
  // A silent stream finds out by probes that its load balancer is gone; client-go pings instead.
  const probes = "net.ipv4.tcp_keepalive_intvl=1";
  await must("nsenter", [`--net=/run/netns/${CLIENT.name}`, "sysctl", "-q", "-w", probes]);
  const station = await startProcess("api/client-process", { namespace: CLIENT.name, ahead: true });
  const [ca = "", cert = "", key = ""] = ["ca.crt", "admin.crt", "admin.key"].map((file) =>
    readFileSync(join(PKI, file), "utf8"),
  );
  let seen: Seen = { requests: [], reads: [], writes: [], streams: [] };
  return {
    start: async () => {
      const start = { ...plan, ca, cert, key };
      await station.ask({ start } satisfies ApiClientMessage);
    },
    stop: async () => {
      seen = await station.ask<Seen>({ stop: true } satisfies ApiClientMessage);
      return seen.requests;
    },
    seen: () => seen,
    end: () => station.stop(),
  };
}
