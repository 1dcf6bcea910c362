import { type Budget, budgets } from "../../../clients/deadline";
import type { ClusterSnapshot } from "../../../model/cluster-snapshot";
import { foreign } from "../../../model/foreign-text";
import { judgeAddress } from "../../../model/status/address";
import type { AddressReading } from "../../../model/status/address-reading";
import { judgeBackups } from "../../../model/status/backups";
import { judgeCluster } from "../../../model/status/cluster";
import { judgeFiles } from "../../../model/status/files";
import { statusMetrics } from "../../../model/status/metrics";
import type { TunnelReading } from "../../../model/status/outside";
import {
  type StatusItem,
  type StatusLevel,
  worstFirst,
  worstOf,
} from "../../../model/status/types";
import { deployedFiles } from "../../lib/deployed-files";
import { proxmoxAccess, readLiveCluster } from "../../lib/live-cluster";
import {
  type Access,
  askMember,
  type OpenedStack,
  openStackFile,
  type SshAccess,
} from "../../lib/members";
import { serveKept } from "../../lib/simulated-cluster";
import { PreconditionError } from "../../lib/usage";
import { wantedCluster } from "../audit/wanted";
import { type Asking, pairsOf, readAddress } from "./addresses";
import { backupItems } from "./backups";
import { kubernetesItems } from "./kubernetes";
import { outsideItems } from "./outside";
import { whyUnreachable } from "./reach";
import { askAll, type Source } from "./sources";

/** What a person asked for. */
export interface StatusOptions extends Access {
  /** Whether the cluster is the simulated one that `up --simulated` keeps; its members are not asked. */
  simulated?: boolean;
  stateDir?: string;
  env: Readonly<Record<string, string | undefined>>;
  progress: (line: string) => void;
}

/** How everything stands; `--json` prints exactly this. */
export interface Status {
  stack: string;
  file: string;
  /** ISO date and time. */
  takenAt: string;
  /** The worst of all. */
  level: StatusLevel;
  /** The worst first. */
  items: StatusItem[];
  /** What members told, as it was read. */
  addresses: AddressReading[];
}

/** How long a host may take, with what it costs to notice that it took too long. */
const HOST_MS = budgets.question.totalMs + 1000;

/** How long one call of Proxmox may take: others follow it, and together they are to cost one time-out. */
const CALL_MS = budgets.question.connectMs;

/** The state of a stack is asked for beside the hosts, and is far larger than what a host says. */
const STATE: Budget = { ...budgets.question, maxBytes: budgets.backend.maxBytes };

/** Calls of Proxmox at once: more than nodes that are likely to be silent, each of which holds one. */
const PROXMOX_CALLS = 16;

/**
 * Asks everything that a stack consists of, at once and each with a deadline, and judges the answers.
 * Nothing is changed.
 */
export async function statusOf(options: StatusOptions): Promise<Status> {
  return (await lookAt(options)).status;
}

/** What was read beside the lines of the status. */
interface Seen {
  /** @default it could not be read */
  cluster?: ClusterSnapshot;
  tunnels: TunnelReading[];
}

/** The same, with its figures as metrics of Prometheus. */
export async function statusWithMetrics(
  options: StatusOptions,
): Promise<{ status: Status; metrics: string }> {
  const { status, seen } = await lookAt(options);
  const takenAt = Math.floor(Date.parse(status.takenAt) / 1000);
  return {
    status,
    metrics: statusMetrics({ stack: status.stack, takenAt, items: status.items, ...seen }),
  };
}

async function lookAt(options: StatusOptions): Promise<{ status: Status; seen: Seen }> {
  const stack = openStackFile(options);
  const seen: Seen = { tunnels: [] };
  const addresses: AddressReading[] = [];
  const ssh = options.simulated ? undefined : stack.ssh();
  // A key in the stack's secrets takes the engine; that is no host's time. Whoever needs it says what is wrong.
  await Promise.allSettled([ssh]);
  const items = worstFirst(
    await askAll([
      ...(ssh ? hostSources(options, stack, ssh, { addresses, seen }) : [simulatedHosts]),
      {
        subject: "cluster",
        // Its calls have deadlines of their own; a large cluster is many of them.
        deadlineMs: budgets.proxmox.totalMs,
        ask: () => clusterItems(options, stack, seen),
      },
      { subject: "backups", deadlineMs: HOST_MS, ask: async () => backupItems(stack) },
    ]),
  );
  const status = {
    stack: stack.name,
    file: stack.file,
    takenAt: new Date().toISOString(),
    level: worstOf(items),
    items,
    addresses: addresses.sort((a, b) => (a.place < b.place ? -1 : 1)),
  };
  return { status, seen };
}

const simulatedHosts: Source = {
  subject: "virtual addresses",
  deadlineMs: 1000,
  ask: async () => [
    {
      level: "unknown",
      subject: "virtual addresses",
      text: "simulated hosts have no SSH, so no member was asked",
    },
  ],
};

function hostSources(
  options: StatusOptions,
  stack: OpenedStack,
  ssh: Promise<SshAccess>,
  { addresses, seen }: { addresses: AddressReading[]; seen: Seen },
): Source[] {
  const asking = overSsh(ssh);
  const all = Promise.all(pairsOf(stack).map((placed) => readAddress(placed, asking)));
  all.catch(() => {});
  return [
    {
      subject: "virtual addresses",
      deadlineMs: HOST_MS,
      ask: async () => {
        const readings = await all;
        addresses.push(...readings);
        return readings.flatMap(judgeAddress);
      },
    },
    {
      subject: "files",
      deadlineMs: HOST_MS,
      ask: async () => {
        const [deployed, readings] = await Promise.all([deployedFiles(stack, STATE), all]);
        return judgeFiles(deployed, readings);
      },
    },
    {
      subject: "tunnels and ingress",
      deadlineMs: HOST_MS,
      ask: () => outsideItems(stack, options.env, ssh, (tunnel) => seen.tunnels.push(tunnel)),
    },
    { subject: "kubernetes", deadlineMs: HOST_MS, ask: () => kubernetesItems(stack) },
  ];
}

const overSsh = (ssh: Promise<SshAccess>): Asking => ({
  member: async (member, question) => {
    const { client, printed } = await askMember(member, await ssh, question);
    client.end();
    return printed;
  },
  unreachable: whyUnreachable,
});

async function clusterItems(
  options: StatusOptions,
  { stack, file, config, endpoint }: OpenedStack,
  seen: Seen,
): Promise<StatusItem[]> {
  const simulated = options.simulated
    ? await serveKept(options, { stack, config, ...(endpoint !== undefined && { endpoint }) })
    : undefined;
  try {
    const access = () => ({
      ...(simulated?.access ?? proxmoxAccess(options.env, endpoint)),
      timeoutMs: CALL_MS,
      maxParallel: PROXMOX_CALLS,
    });
    const cluster = await readLiveCluster(access, options.progress, { backups: true });
    seen.cluster = cluster;
    const wanted = wantedCluster(file, config);
    return [...judgeCluster(cluster, wanted), ...judgeBackups(cluster, wanted)];
  } catch (error) {
    if (!(error instanceof PreconditionError)) throw error;
    return [
      {
        level: "unknown",
        subject: "cluster",
        text: `not asked: ${foreign(error.message)}`,
      },
    ];
  } finally {
    await simulated?.close();
  }
}
