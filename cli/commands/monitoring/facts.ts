import { resolveStack } from "../../../config/resolve";
import type { Monitoring } from "../../../config/sections/operation/monitoring";
import type { StackConfig } from "../../../config/stack";
import { type Placed, vrrpAddresses } from "../../../config/virtual-addresses";
import type {
  MonitoringFacts,
  WatchedAddress,
  WatchedRoute,
} from "../../../model/monitoring/types";
import { hostText } from "../../../model/network/address";
import { addressOf } from "../../../model/text";
import { budget, vrrpGroup } from "../../../model/vrrp/vrrp";
import { memberHealth } from "../../../templates/host/member-health";
import { ENTRY_POINT_PORTS } from "../../../templates/traefik/traefik";
import { type Pair, pairOf, type Resolved, treesOf } from "../../lib/vrrp-pair";

/** What is watched in a stack, from its file alone. */
export function monitoringFacts(
  stack: string,
  config: StackConfig,
  monitoring: Monitoring,
): MonitoringFacts {
  const resolved = resolveStack(config);
  const { scrapeIntervalSec, exporterPort, blackbox, alertmanager, thresholds } = monitoring;
  const { webhook, runbook, status } = monitoring;
  return {
    stack,
    scrapeSec: scrapeIntervalSec,
    writeSec: scrapeIntervalSec,
    exporterPort,
    blackbox,
    alertmanager,
    ...(webhook !== undefined && { webhook }),
    ...(runbook !== undefined && { runbook }),
    ...(status && { status: { exporter: status.exporter, everySec: status.everyMinutes * 60 } }),
    thresholds,
    addresses: vrrpAddresses<Resolved[keyof Resolved]>(resolved).map((placed) => ({
      ...watchedPair(pairOf(placed)),
      ...contentOf(placed),
    })),
    ingresses: Object.entries(resolved.kubernetesIngress).map(([name, { address }]) => ({
      place: `kubernetesIngress.${name}`,
      address,
      port: ENTRY_POINT_PORTS.websecure,
    })),
    routes: Object.entries(resolved.traefikPairs).flatMap(([name, pair]) => routesOf(name, pair)),
    ...(config.backups?.metrics !== undefined && {
      memberBackups: { everyHours: config.backups.everyHours },
    }),
    tunnels: Object.entries(config.tunnels).map(([name, { ingress, connectors }]) => ({
      name,
      ...(connectors && { hosts: connectors.hosts.length }),
      hostnames: ingress.map(({ hostname }) => hostname),
    })),
  };
}

type WatchedPair = Omit<WatchedAddress, keyof ReturnType<typeof contentOf>>;

/** What holds for every address that keepalived moves, with its times from the model. */
export function watchedPair({ name, place, vip, service, settings }: Pair): WatchedPair {
  const times = budget(vrrpGroup(name, settings));
  // An address that never moves for one kind of failure is waited for as long as for the others.
  const finite = [times.totalSec, times.crashSec].filter(Number.isFinite);
  return {
    place,
    vip,
    port: service.port,
    daemon: service.daemon,
    moveSec: Math.max(0, ...finite),
    stopSec: service.stopSec,
    rollOutSec: Math.max(
      ...settings.members.map(
        (member) => memberHealth(name, member, settings, service).deadlineSec,
      ),
    ),
    members: settings.members.map((member) => ({
      name: member.name,
      address: member.address,
      node: member.node,
    })),
  };
}

/** Minutes between two full copies where only certificates travel. */
const CERTIFICATES_FULL_SYNC_MIN = 30;

/** What a pair has beside its address. */
function contentOf(
  placed: Placed<Resolved[keyof Resolved]>,
): Pick<WatchedAddress, "replication" | "certificates" | "comparesConfiguration"> {
  const { section, settings } = placed;
  const { replication, replicate, certificates } = settings as Partial<
    Resolved["traefikPairs"] & Resolved["servicePairs"]
  >;
  const { fullSyncMinutes = CERTIFICATES_FULL_SYNC_MIN } = replication ?? replicate ?? {};
  return {
    certificates: certificates !== undefined,
    comparesConfiguration: section === "traefikPairs",
    ...(treesOf(placed).length > 0 && {
      replication: { source: settings.members[0]?.name ?? "", fullSyncSec: fullSyncMinutes * 60 },
    }),
  };
}

/** Routes with a name that can be asked for: a wildcard has none. */
function routesOf(pair: string, { vip, routes }: Resolved["traefikPairs"]): WatchedRoute[] {
  const address = hostText(addressOf(vip));
  return Object.entries(routes)
    .filter(([, { host }]) => !host.startsWith("*"))
    .map(([name, { host, entryPoint }]) => ({
      place: `traefikPairs.${pair}`,
      name,
      host,
      url: `${entryPoint === "web" ? "http" : "https"}://${address}/`,
    }));
}
