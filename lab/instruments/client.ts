import type { Request } from "../../model/drill/requests";
import { CLIENT } from "../machine/network";
import { startProcess } from "./station-process";

/** Where and how often the client asks. */
export interface ClientPlan {
  address: string;
  port: number;
  /** Value of the `Host` header. */
  host: string;
  /** Milliseconds between the starts of two requests. */
  everyMs: number;
  /** Milliseconds after which a request counts as lost. */
  timeoutMs: number;
}

/** What the client's process is told. */
export type ClientMessage = { start: ClientPlan } | { stop: true };

/** Sends requests to the virtual address from a namespace of its own. */
export interface Client {
  start(): Promise<void>;
  /** Waits for the open requests and hands back all since the start. */
  stop(): Promise<Request[]>;
  end(): void;
}

/** Starts the client's process; it is idle until it is told to start. */
export async function startClient(plan: ClientPlan): Promise<Client> {
  const station = await startProcess("instruments/client-process", {
    namespace: CLIENT.name,
    ahead: true,
  });
  return {
    start: async () => {
      await station.ask({ start: plan } satisfies ClientMessage);
    },
    stop: async () => {
      const { requests } = await station.ask<{ requests: Request[] }>({
        stop: true,
      } satisfies ClientMessage);
      return requests;
    },
    end: () => station.stop(),
  };
}
