import type { StackConfig } from "../../../config/stack";
import { audit } from "../../../model/audit/audit";
import { proxmoxAccess, readLiveCluster } from "../../lib/live-cluster";
import { serveKept } from "../../lib/simulated-cluster";
import { hasMistakes } from "../../lib/usage";
import { checkStack } from "../../run/check";
import { collectHosts, type HostAccess, readHostKeys } from "./hosts";
import type { AuditReport } from "./text";
import { wantedCluster } from "./wanted";

/** What a person asked for. */
export interface AuditOptions extends Partial<HostAccess> {
  stack?: string;
  file?: string;
  site?: string;
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
 * @throws UsageError for what the person can mend, and for what the cluster refuses: an audit that
 *   could not be made is none with findings
 */
export async function auditCluster(options: AuditOptions): Promise<AuditReport> {
  const chosen = stackOf(options);
  const access =
    options.identity === undefined ? undefined : { ...options, identity: options.identity };
  const keys = access && readHostKeys(access);
  const simulated = options.simulated && chosen ? await serveKept(options, chosen) : undefined;
  try {
    const cluster = await readLiveCluster(
      () => simulated?.access ?? proxmoxAccess(options.env, chosen?.endpoint),
      options.progress,
      { history: true },
    );
    if (access) options.progress("asking its nodes over SSH");
    const collected =
      access && keys
        ? await collectHosts(cluster, chosen?.config, access, keys)
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
    await simulated?.close();
  }
}

interface Chosen {
  stack: string;
  file: string;
  config: StackConfig;
  endpoint?: string;
}

/** A stack file only where one was named: another cluster must not be held against ours. */
function stackOf({ stack, file, site, simulated }: AuditOptions): Chosen | undefined {
  if (stack === undefined && file === undefined && site === undefined && !simulated) {
    return undefined;
  }
  const {
    chosen,
    config,
    file: { endpoint },
  } = checkStack({
    ...(site !== undefined && { site }),
    ...(stack !== undefined && { stack }),
    ...(file !== undefined && { file }),
  });
  if (!config) {
    const named = file === undefined ? `--stack ${chosen.stack}` : `--file ${file}`;
    throw hasMistakes(chosen.file, `preview ${named}`);
  }
  return {
    stack: chosen.stack,
    file: chosen.file,
    config,
    ...(endpoint !== undefined && { endpoint }),
  };
}
