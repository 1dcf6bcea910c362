import { z } from "zod";
import type { Gap, NodeSnapshot, ReplicationJob } from "../../model/cluster-snapshot";
import { type nodeItem, nodeStatusAnswer, replicationStatusItem, taskItem } from "./answers";
import { text } from "./atoms";
import type { Proxmox } from "./client";
import { ProxmoxError } from "./errors";

/** A node as the cluster lists it. */
interface Member {
  name: string;
  address?: string;
  online: boolean;
  facts: z.output<typeof nodeItem> | undefined;
}

interface NodeRead {
  node: NodeSnapshot;
  /** Results of the replication jobs of its guests. */
  replication: [id: string, last: NonNullable<ReplicationJob["last"]>][];
  gaps: Gap[];
}

/** Tasks that are looked at, and lines of the journal. */
const TASKS = 100;
const LINES = 5000;

/** Reads what only the node itself can tell; the first call that does not reach it is the last. */
export async function readNode(
  client: Proxmox,
  { name, address, online, facts }: Member,
  history: boolean,
): Promise<NodeRead> {
  const base: NodeSnapshot = {
    name,
    ...(address !== undefined && { address }),
    online,
    ...(facts?.uptime !== undefined && { uptimeSec: facts.uptime }),
    ...(facts?.maxcpu !== undefined && { cores: facts.maxcpu }),
    ...(facts?.cpu !== undefined && { cpuLoad: facts.cpu }),
    ...(facts?.maxmem !== undefined && { memoryBytes: facts.maxmem }),
    ...(facts?.mem !== undefined && { memoryUsedBytes: facts.mem }),
  };
  if (!online) {
    const reason = `node ${name} is offline: ${client.origin}/cluster/status says so; start it, or see why it left the cluster (journalctl -u corosync)`;
    return {
      node: base,
      replication: [],
      gaps: [{ what: "node", node: name, reason, unreachable: true }],
    };
  }
  const gaps: Gap[] = [];
  const ask = async <T>(what: string, read: () => Promise<T>): Promise<T | undefined> => {
    if (gaps.some(({ unreachable }) => unreachable)) return undefined;
    try {
      return await read();
    } catch (error) {
      gaps.push(gapOf(error, what, name));
      return undefined;
    }
  };
  const path = `/nodes/${name}`;
  const status = await ask("status", () => client.get(`${path}/status`, nodeStatusAnswer));
  const replication = await ask("replication", () =>
    client.get(`${path}/replication`, z.array(replicationStatusItem)),
  );
  const tasks = history ? await ask("tasks", () => tasksOf(client, path)) : undefined;
  const journal = history
    ? await ask("journal", () =>
        client.get(`${path}/journal`, z.array(text), { lastentries: LINES }),
      )
    : undefined;
  return {
    node: {
      ...base,
      ...(status?.uptime !== undefined && { uptimeSec: status.uptime }),
      ...(status?.pveversion !== undefined && { pveVersion: status.pveversion }),
      ...(status?.kversion !== undefined && { kernel: status.kversion }),
      ...(tasks && { tasks }),
      ...(journal && { journal }),
    },
    replication: (replication ?? []).map((job) => [
      job.id,
      {
        ...(job.last_sync && { syncSec: job.last_sync }),
        ...(job.last_try && { trySec: job.last_try }),
        failCount: job.fail_count ?? 0,
        ...(job.error && { error: job.error.trim() }),
      },
    ]),
    gaps,
  };
}

/**
 * What becomes of a call that a node did not answer. An answer that makes no sense, or a refused
 * token, concerns the whole reading.
 *
 * @throws the error, when it does
 */
export function gapOf(error: unknown, what: string, node: string): Gap {
  if (!(error instanceof ProxmoxError)) throw error;
  const { kind, message: reason } = error;
  if (kind === "node-unreachable" || kind === "timeout") {
    return { what: "node", node, reason, unreachable: true };
  }
  if (kind === "refused" || kind === "forbidden") return { what, node, reason, unreachable: false };
  throw error;
}

/** Start and stop of all guests: what a node does when it boots and when it is shut down. */
async function tasksOf(client: Proxmox, path: string): Promise<NodeSnapshot["tasks"]> {
  const kinds = await Promise.all(
    ["startall", "stopall"].map((typefilter) =>
      client.pages(`${path}/tasks`, taskItem, { typefilter }, TASKS),
    ),
  );
  return kinds
    .flat()
    .sort((a, b) => b.starttime - a.starttime)
    .map((task) => ({
      type: task.type,
      id: task.id ?? "",
      startSec: task.starttime,
      ...(task.endtime !== undefined && { endSec: task.endtime }),
      ...(task.status !== undefined && { status: task.status }),
    }));
}
