import { budget, type VrrpSettings, vrrpGroup } from "../../model/vrrp/vrrp";
import { HAPROXY_HEALTH_PATH } from "../haproxy/haproxy";
import type { LookUpType, Probe } from "../keepalived/probe";
import { LSYNCD_LOG } from "../replication/lsyncd";
import { word } from "../text";
import { CONFIG_WATCHER_UNITS, WATCHER_LOG } from "../traefik/config-watcher";
import { ENTRY_POINT_PORTS, plannedDrainSec } from "../traefik/traefik";
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
    probe: { kind: "http", port: facts.traefik.pingPort, path: "/ping" },
    restartMark: TRAEFIK_RESTART_MARK,
    stopSec: traefikGraceSec(name, facts) + plannedDrainSec(facts.drainSec),
    units: CONFIG_WATCHER_UNITS,
    logs: [WATCHER_LOG, ...(facts.replication || facts.certificates ? [LSYNCD_LOG] : [])],
  };
}

/** HAProxy on a load balancer. It takes a new configuration without losing a connection, so it is never restarted. */
export function haproxyService(facts: { port: number; stats: { port: number } }): Service {
  return {
    daemon: "haproxy",
    port: facts.port,
    probe: { kind: "http", port: facts.stats.port, path: HAPROXY_HEALTH_PATH },
    stopSec: 0,
  };
}

/** What of a service pair says what is behind its address. */
export interface ServiceSettings {
  check: {
    dns?:
      | { port: number; name: string; type: LookUpType; expected?: string | undefined }
      | undefined;
    http?: { port: number; path: string; status: number } | undefined;
    tcp?: { port: number } | undefined;
    mqtt?: { port: number } | undefined;
    script?: { text?: string | undefined; path?: string | undefined } | undefined;
  };
  port?: number | undefined;
  unit?: string | undefined;
  replicate?: unknown;
}

/** The TCP port that clients of a service pair use; unknown where only a command is stated. */
export function servicePort({ port, check }: ServiceSettings): number | undefined {
  return port ?? (check.dns ?? check.http ?? check.tcp ?? check.mqtt)?.port;
}

/** Any service on a member of a pair, under the pair's own name. */
export function serviceOf(name: string, facts: ServiceSettings): Service {
  const port = servicePort(facts);
  if (port === undefined) throw new Error(`the port of "${name}" was not checked before`);
  return {
    daemon: name,
    main: facts.unit ?? null,
    port,
    probe: probeOf(facts.check),
    stopSec: 0,
    ...(facts.replicate !== undefined && { logs: [LSYNCD_LOG] }),
  };
}

function probeOf({ dns, http, tcp, mqtt, script }: ServiceSettings["check"]): Probe {
  if (dns) return { kind: "dns", ...dns };
  if (http) return { kind: "http", ...http };
  if (tcp) return { kind: "tcp", ...tcp };
  if (mqtt) return { kind: "mqtt", ...mqtt };
  const { text, path } = script ?? {};
  return { kind: "script", text: text ?? `#!/bin/sh\nexec ${word(path ?? "false", "path")}` };
}
