import { CLIENT } from "../machine/network";
import { startProcess } from "./station-process";

/** What a connection that stays open is used for. */
export const USES = ["keep-alive", "websocket", "download", "stream"] as const;
export type Use = (typeof USES)[number];

/** Connections that are open all the time. */
export interface ConnectionsPlan {
  address: string;
  port: number;
  /** Value of the `Host` header. */
  host: string;
  /** How many there are of each use. */
  count: Readonly<Record<Use, number>>;
  /** Seconds after which a connection has done its work, and another takes its place. @default when told */
  lastsSec?: number;
}

/** What became of them. */
export interface Kept {
  /** Connections that did their work to the end, by use. */
  kept: Record<Use, number>;
  /** Those that were cut, by use. */
  cut: Record<Use, number>;
  /** Idle keep-alive connections that the server closed between two requests. */
  closedIdle: number;
  /** Exchanges of all of them. */
  exchanges: number;
  /** Why they were cut, the first few. */
  why: string[];
}

/** What the process is told. */
export type ConnectionsMessage = { open: ConnectionsPlan } | { end: true };

/** Connections to the virtual address that talk all the time, from the client's namespace. */
export interface Connections {
  /** Ends them one exchange later, and says what became of them. */
  end(): Promise<Kept>;
}

/** Opens them all; each has had its first answer when this returns. */
export async function openConnections(plan: ConnectionsPlan): Promise<Connections> {
  const station = await startProcess("instruments/connections-process", {
    namespace: CLIENT.name,
    ahead: true,
  });
  await station.ask({ open: plan } satisfies ConnectionsMessage);
  return {
    end: async () => {
      const { kept } = await station.ask<{ kept: Kept }>({
        end: true,
      } satisfies ConnectionsMessage);
      station.stop();
      return kept;
    },
  };
}

/** One line about them. */
export function keptText({ kept, cut, closedIdle, exchanges }: Kept): string {
  const all = (of: Record<Use, number>) => USES.reduce((sum, use) => sum + of[use], 0);
  const lost = USES.filter((use) => cut[use] > 0).map((use) => `${cut[use]} ${use}`);
  const idle = closedIdle === 0 ? "" : `, ${closedIdle} closed while idle`;
  return `${all(kept)} open connections kept, ${all(cut)} cut${lost.length > 0 ? ` (${lost.join(", ")})` : ""}${idle}, ${exchanges} exchanges`;
}
