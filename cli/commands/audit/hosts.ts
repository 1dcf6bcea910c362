import { homedir } from "node:os";
import { join } from "node:path";
import { budgets } from "../../../clients/deadline";
import type { ClusterSnapshot } from "../../../clients/proxmox";
import { Queue } from "../../../clients/proxmox/queue";
import { dial, runOn } from "../../../clients/ssh/client";
import type { JumpHost } from "../../../clients/ssh/connection";
import { knownHostKeys } from "../../../clients/ssh/known-hosts";
import type { StackConfig } from "../../../config/stack";
import type { HostEvidence, HostGap } from "../../../model/audit/audit";
import { hostEvidence, hostScript } from "../../../model/audit/host";
import { foreign } from "../../../model/foreign-text";
import { errorText } from "../../../model/text";
import { readNamed } from "../../lib/files";
import { readPrivateKey } from "../../lib/private-key";

/** How the nodes are reached over SSH. */
export interface HostAccess {
  /** File with the private key. */
  identity: string;
  /** @default `cluster.ssh.user` of the stack file, else root */
  sshUser?: string;
  /** @default `cluster.ssh.port` of the stack file, else 22 */
  sshPort?: number;
  /** @default ~/.ssh/known_hosts */
  sshKnownHosts?: string;
}

/** A key that can be used, and where host keys are looked up; read before anything is asked. */
export interface HostKeys {
  privateKey: string;
  knownHosts: string;
}

/** @throws UsageError for files that cannot be read, and for a key that is none */
export function readHostKeys({ identity, sshKnownHosts }: HostAccess): HostKeys {
  return { privateKey: readPrivateKey(identity), knownHosts: knownHostsText(sshKnownHosts) };
}

function knownHostsText(named: string | undefined): string {
  if (named !== undefined) return readNamed(named);
  try {
    return readNamed(join(homedir(), ".ssh", "known_hosts"));
  } catch {
    // Nobody named it, so it need not be there: hosts without a key are said one by one.
    return "";
  }
}

/** Nodes that are asked at the same time. */
const PARALLEL = 8;

/** Asks every node that is there; one that does not answer, or shows another key, is named. */
export async function collectHosts(
  cluster: ClusterSnapshot,
  stack: StackConfig | undefined,
  access: HostAccess,
  keys: HostKeys,
): Promise<{ hosts: HostEvidence[]; hostGaps: HostGap[] }> {
  const queue = new Queue(PARALLEL);
  const hosts: HostEvidence[] = [];
  const hostGaps: HostGap[] = [];
  const user = access.sshUser ?? stack?.cluster.ssh.user ?? "root";
  const port = access.sshPort ?? stack?.cluster.ssh.port ?? 22;
  const proxy = stack?.cluster.ssh.proxy;
  const ask = async (node: string, host: string) => {
    const hostKey =
      stack?.cluster.nodes[node]?.hostKey ?? knownHostKeys(keys.knownHosts, host, port)[0];
    if (hostKey === undefined) {
      const reason = `no host key of ${node} (${host}) is pinned; state cluster.nodes.${node}.hostKey in the stack file, or name a file with it in --ssh-known-hosts`;
      return hostGaps.push({ node, reason });
    }
    try {
      const to = { host, port, user, hostKey, ...(proxy && { proxy }) };
      hosts.push(hostEvidence(node, await answer(to, keys.privateKey)));
    } catch (error) {
      const what = foreign(errorText(error));
      const fix = "see whether the key is let in, and whether the host key is still the right one";
      hostGaps.push({
        node,
        reason: `${what.replace(/^after \d+ failed attempts: /, "")}; ${fix}`,
      });
    }
    return undefined;
  };
  await Promise.all(
    cluster.nodes
      .filter(({ online }) => online)
      .map(({ name, address }) => {
        const host = stack?.cluster.nodes[name]?.address ?? address;
        return host === undefined ? undefined : queue.run(() => ask(name, host));
      }),
  );
  const order = (a: { node: string }, b: { node: string }) => (a.node < b.node ? -1 : 1);
  return { hosts: hosts.sort(order), hostGaps: hostGaps.sort(order) };
}

async function answer(
  to: { host: string; port: number; user: string; hostKey: string; proxy?: JumpHost },
  privateKey: string,
): Promise<string> {
  const budget = budgets.evidence;
  const client = await dial(
    { ...to, privateKey, dialErrorLimit: 0, perDialTimeout: 10 },
    budget.totalMs,
  );
  try {
    const { stdout } = await runOn(client, hostScript(), { budget });
    return stdout;
  } finally {
    client.end();
  }
}
