import { connect } from "node:net";
import { budgets } from "../../../clients/deadline";
import { optionsFromEnvironment } from "../../../clients/proxmox";
import { watched } from "../../../clients/watch";
import { EXTERNAL } from "../../../config/sections/certificates";
import type { ResolvedMember } from "../../../config/sections/vrrp";
import { type Placed, vrrpAddresses } from "../../../config/virtual-addresses";
import { foreign } from "../../../model/foreign-text";
import { judgeAddress } from "../../../model/status/address";
import type { AddressReading } from "../../../model/status/address-reading";
import { judgeCluster } from "../../../model/status/cluster";
import { type MemberReading, readMember, silentMember } from "../../../model/status/member-reading";
import {
  type StatusItem,
  type StatusLevel,
  worstFirst,
  worstOf,
} from "../../../model/status/types";
import { errorText } from "../../../model/text";
import { statusScript } from "../../../templates/host/status";
import { CHECKSUM_FILE } from "../../../templates/traefik/config-watcher";
import { readLiveCluster } from "../../lib/live-cluster";
import {
  type Access,
  askMember,
  type OpenedStack,
  openStackFile,
  reasonOf,
  type SshAccess,
} from "../../lib/members";
import { serveKept } from "../../lib/simulated-cluster";
import { PreconditionError } from "../../lib/usage";
import { type Pair, pairOf, type Resolved, standingQuestion } from "../../lib/vrrp-pair";
import { wantedCluster } from "../audit/wanted";
import { backupItems } from "./backups";

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

/**
 * Asks everything that a stack consists of, at once and each with a deadline, and judges the answers.
 * Nothing is changed.
 */
export async function statusOf(options: StatusOptions): Promise<Status> {
  const stack = openStackFile(options);
  const ssh = options.simulated ? undefined : stack.ssh();
  // Whoever awaits it says what is wrong; until then it is no unhandled mistake.
  ssh?.catch(() => {});
  const [addresses, cluster] = await Promise.all([
    ssh ? Promise.all(pairsOf(stack).map((pair) => readAddress(pair, ssh))) : [],
    clusterItems(options, stack),
  ]);
  const unasked: StatusItem[] = options.simulated
    ? [
        {
          level: "unknown",
          subject: "virtual addresses",
          text: "simulated hosts have no SSH, so no member was asked",
        },
      ]
    : [];
  const items = worstFirst([
    ...addresses.flatMap(judgeAddress),
    ...cluster,
    ...backupItems(stack),
    ...unasked,
  ]);
  return {
    stack: stack.name,
    file: stack.file,
    takenAt: new Date().toISOString(),
    level: worstOf(items),
    items,
    addresses,
  };
}

interface PlacedPair {
  pair: Pair;
  question: (member: ResolvedMember, index: number) => string;
}

function pairsOf({ resolved }: OpenedStack): PlacedPair[] {
  return vrrpAddresses<Resolved[keyof Resolved]>(resolved).map((placed) => {
    const pair = pairOf(placed);
    return { pair, question: (member, index) => questionFor(placed, pair, member, index) };
  });
}

function questionFor(
  { section, settings }: Placed<Resolved[keyof Resolved]>,
  pair: Pair,
  member: ResolvedMember,
  index: number,
): string {
  const common = {
    interface: pair.settings.interface,
    vip: pair.vip,
    instance: pair.name,
    units: [] as string[],
  };
  const standing = standingQuestion(pair, member);
  if (section === "apiLoadBalancers") {
    const haproxy = { conf: "/etc/haproxy/haproxy.cfg", port: pair.service.checkPort };
    return statusScript(standing, { ...common, haproxy });
  }
  const { replication, certificates } = settings as Resolved["traefikPairs"];
  const copies = replication || (certificates && certificates.owner !== EXTERNAL);
  return statusScript(standing, {
    ...common,
    checksumFile: CHECKSUM_FILE,
    units: copies && index === 0 ? ["lsyncd.service"] : [],
    ...(certificates && { certificates: certificates.directory }),
  });
}

/** Asks every member at once, and the address itself from here. */
async function readAddress(
  { pair, question }: PlacedPair,
  ssh: Promise<SshAccess>,
): Promise<AddressReading> {
  const { members, preempt } = pair.settings;
  const ask = async (member: ResolvedMember, index: number): Promise<MemberReading> => {
    const { name, priority } = member;
    const begin = Date.now();
    try {
      const { client, printed } = await askMember(member, await ssh, question(member, index));
      client.end();
      return readMember({ name, priority }, printed, Math.round((begin + Date.now()) / 2000));
    } catch (error) {
      return silentMember({ name, priority }, reasonOf(error as Error));
    }
  };
  const [read, unreachable] = await Promise.all([
    Promise.all(members.map(ask)),
    whyUnreachable(pair.vip, pair.service.port),
  ]);
  return {
    place: pair.place,
    vip: pair.vip,
    preempt,
    members: read,
    ...(unreachable !== undefined && { unreachable }),
    takenAt: Math.floor(Date.now() / 1000),
  };
}

/** Why an address takes no connection from this machine; undefined when it does. */
async function whyUnreachable(host: string, port: number): Promise<string | undefined> {
  const socket = connect({ host, port });
  try {
    await watched(
      budgets.probe,
      (watch) =>
        new Promise<void>((resolve, reject) => {
          socket.once("error", reject);
          socket.once("connect", () => {
            watch.connected();
            resolve();
          });
        }),
      () => socket.destroy(),
    );
    return undefined;
  } catch (error) {
    return `port ${port}: ${errorText(error)}`;
  } finally {
    socket.destroy();
  }
}

async function clusterItems(
  options: StatusOptions,
  { name, file, config }: OpenedStack,
): Promise<StatusItem[]> {
  const simulated = options.simulated
    ? await serveKept(options, { stack: name, config })
    : undefined;
  try {
    const access = () => simulated?.access ?? optionsFromEnvironment(options.env);
    const cluster = await readLiveCluster(access, options.progress);
    return judgeCluster(cluster, wantedCluster(file, config));
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
