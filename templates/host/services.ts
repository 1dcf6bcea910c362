import { budget, type VrrpSettings, vrrpGroup } from "../../model/vrrp/vrrp";
import { HAPROXY_HEALTH_PATH } from "../haproxy/haproxy";
import { LSYNCD_LOG } from "../replication/lsyncd";
import { CONFIG_WATCHER_UNITS, WATCHER_LOG } from "../traefik/config-watcher";
import { ENTRY_POINT_PORTS, TRAEFIK_DRAIN_SEC } from "../traefik/traefik";
import { TRAEFIK_RESTART_MARK } from "./install";
import type { Service } from "./member-health";

/** Settings of a Traefik pair as far as its service goes. */
export interface TraefikSettings extends VrrpSettings {
  traefik: { pingPort: number };
  replication?: unknown;
  certificates?: unknown;
}

/** Whole seconds for which a stopping Traefik serves on: longer than the address takes to leave it. */
export function traefikGraceSec(name: string, facts: VrrpSettings): number {
  const { detectionSec, takeoverSec } = budget(vrrpGroup(name, facts));
  return Math.floor(detectionSec + takeoverSec) + 1;
}

/** Traefik on a member of a pair. */
export function traefikService(name: string, facts: TraefikSettings): Service {
  return {
    daemon: "traefik",
    port: ENTRY_POINT_PORTS.websecure,
    checkPort: facts.traefik.pingPort,
    checkPath: "/ping",
    restartMark: TRAEFIK_RESTART_MARK,
    stopSec: traefikGraceSec(name, facts) + TRAEFIK_DRAIN_SEC,
    units: CONFIG_WATCHER_UNITS,
    logs: [WATCHER_LOG, ...(facts.replication || facts.certificates ? [LSYNCD_LOG] : [])],
  };
}

/** HAProxy on a load balancer. It takes a new configuration without losing a connection, so it is never restarted. */
export function haproxyService(facts: { port: number; stats: { port: number } }): Service {
  return {
    daemon: "haproxy",
    port: facts.port,
    checkPort: facts.stats.port,
    checkPath: HAPROXY_HEALTH_PATH,
    stopSec: 0,
  };
}
