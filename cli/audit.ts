import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import type { StackConfig } from "../config/stack";
import { audit } from "../model/audit";
import {
  openProxmox,
  optionsFromEnvironment,
  ProxmoxError,
  type ProxmoxOptions,
  readCluster,
} from "../proxmox";
import { serveProxmoxApi } from "../sim/proxmox-api";
import { siteFromStack } from "../sim/proxmox-api-site";
import { worldFromStack } from "../sim/seed";
import { World } from "../sim/world";
import { collectHosts, type HostAccess, readHostKeys } from "./audit-hosts";
import { wantedCluster } from "./audit-wanted";
import type { AuditReport } from "./report/audit";
import { checkStack } from "./run/report";
import { rehearsalDir } from "./run/workplace";
import { Failure, UsageError } from "./usage";

/** What a person asked for. */
export interface AuditOptions extends Partial<HostAccess> {
  stack?: string;
  file?: string;
  /** Whether the cluster is the simulated one that `up --simulated` keeps. */
  simulated?: boolean;
  stateDir?: string;
  env: Readonly<Record<string, string | undefined>>;
  /** Takes a line about what goes on. */
  progress: (line: string) => void;
}

/**
 * Audits a live cluster; changes nothing on it.
 *
 * @throws UsageError for what the person can mend, Failure for what the cluster refuses
 */
export async function auditCluster(options: AuditOptions): Promise<AuditReport> {
  const chosen = stackOf(options);
  const keys =
    options.sshIdentity === undefined
      ? undefined
      : { access: { ...options, sshIdentity: options.sshIdentity } };
  const host = keys && { ...keys, read: readHostKeys(keys.access) };
  const source = options.simulated
    ? await simulatedCluster(options, chosen)
    : { options: settingsFrom(options.env), close: async () => {} };
  try {
    const cluster = await reading(source.options, options.progress);
    if (host) options.progress("asking its nodes over SSH");
    const collected = host
      ? await collectHosts(cluster, chosen?.config, host.access, host.read)
      : { hosts: [], hostGaps: [] };
    const findings = audit({
      cluster,
      ...(chosen && { wanted: wantedCluster(chosen.file, chosen.config) }),
      ...collected,
    });
    return {
      cluster: cluster.name ?? cluster.nodes[0]?.name ?? "cluster",
      origin: cluster.origin,
      pveVersion: cluster.version.version,
      takenAt: cluster.takenAt,
      ...(chosen && { file: chosen.file }),
      counts: {
        nodes: cluster.nodes.length,
        guests: cluster.guests.length,
        haResources: cluster.ha.resources.length,
        hosts: collected.hosts.length,
      },
      ok: findings.every(({ severity }) => severity !== "critical"),
      findings,
    };
  } finally {
    await source.close();
  }
}

interface Chosen {
  stack: string;
  file: string;
  config: StackConfig;
}

/** A stack file only where one was named: another cluster must not be held against ours. */
function stackOf({ stack, file, simulated }: AuditOptions): Chosen | undefined {
  if (stack === undefined && file === undefined && !simulated) return undefined;
  const { chosen, config } = checkStack({
    ...(stack !== undefined && { stack }),
    ...(file !== undefined && { file }),
  });
  if (!config) {
    const named = file === undefined ? `--stack ${chosen.stack}` : `--file ${file}`;
    throw new UsageError(`${chosen.file} has mistakes; \`homelab preview ${named}\` lists them`);
  }
  return { stack: chosen.stack, file: chosen.file, config };
}

function settingsFrom(env: AuditOptions["env"]): ProxmoxOptions {
  try {
    return optionsFromEnvironment(env);
  } catch (error) {
    throw asFailure(error);
  }
}

async function reading(options: ProxmoxOptions, progress: AuditOptions["progress"]) {
  try {
    const client = openProxmox(options);
    progress(`reading the cluster at ${client.origin}`);
    try {
      return await readCluster(client, { history: true });
    } finally {
      client.close();
    }
  } catch (error) {
    throw asFailure(error);
  }
}

/** An audit that could not be made is no audit with findings: exit code 2, like every mistake. */
function asFailure(error: unknown): unknown {
  return error instanceof ProxmoxError ? new UsageError(error.message) : error;
}

/** The cluster that a rehearsal left, behind the same API as a real one. */
async function simulatedCluster({ stateDir }: AuditOptions, chosen: Chosen | undefined) {
  if (!chosen) throw new Failure("a simulated cluster belongs to a stack; name one with --stack");
  const dir = stateDir === undefined ? rehearsalDir(chosen.stack) : resolve(stateDir);
  const file = join(dir, "world.json");
  const world = existsSync(file)
    ? World.open(file, worldFromStack(chosen.config))
    : World.inMemory(worldFromStack(chosen.config));
  const api = await serveProxmoxApi({
    state: () => world.state.proxmox,
    site: siteFromStack(chosen.config),
  });
  return {
    options: {
      endpoint: api.endpoint,
      token: api.token,
      fingerprint: api.certificate.fingerprint,
    },
    close: api.stop,
  };
}
