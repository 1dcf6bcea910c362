import { API_CHECKS } from "../../model/haproxy/check";
import { PROFILES } from "../../model/vrrp/vrrp";
import type { HaproxyConf } from "../../templates/haproxy/haproxy";
import type { HealthScript } from "../../templates/host/health";
import { answers, takesConnections } from "../../templates/host/health-probe";
import type { HostFileScript } from "../../templates/host/host-file";
import type { Drain } from "../../templates/keepalived/drain";
import type { HandoverScript } from "../../templates/keepalived/handover";
import type { KeepalivedConf } from "../../templates/keepalived/keepalived";
import type { LsyncdConf } from "../../templates/replication/lsyncd";
import type { CheckWatcher } from "../../templates/traefik/check-watcher";
import type { ConfigWatcher } from "../../templates/traefik/config-watcher";
import type { TraefikStatic } from "../../templates/traefik/traefik";

/** The first member of the Traefik pair, checked with weight 0. */
export const keepalived: KeepalivedConf = {
  routerId: "traefik",
  instance: "traefik",
  debian: 12,
  profile: "compatible",
  interface: "eth0",
  version: 3,
  virtualRouterId: 51,
  priority: 200,
  advertIntervalSec: 1,
  preempt: true,
  preemptDelaySec: 0,
  address: "192.168.1.110",
  peers: ["192.168.1.103"],
  vip: "192.168.1.101/24",
  check: {
    name: "check_traefik",
    script: "/usr/local/bin/check_traefik.sh",
    trackedFile: "/run/keepalived-track/traefik",
    weight: 0,
    intervalSec: 2,
    timeoutSec: 2,
    fall: 2,
    rise: 2,
  },
  notifyScript: "/usr/local/bin/keepalived_notify.sh",
};

/** The same with the owner's weight. */
export const weighted: KeepalivedConf = {
  ...keepalived,
  check: { ...keepalived.check, weight: -120 },
};

/** The same with an IPv6 address that moves along. */
export const dualStack: KeepalivedConf = { ...keepalived, vip6: "fd00:1::101/64" };

/** The same with the times of the profile `fast`: on Debian 12 a tracked file, on 13 the script. */
export const fast: KeepalivedConf = {
  ...keepalived,
  profile: "fast",
  advertIntervalSec: PROFILES.fast.advertIntervalSec,
  check: { ...keepalived.check, ...PROFILES.fast.check },
};
export const checkWatcher: CheckWatcher = {
  daemon: "traefik",
  probe: { kind: "http", port: 8080, path: "/ping" },
  script: "/usr/local/bin/check_traefik.sh",
  ...PROFILES.fast.check,
};
export const fastScript: KeepalivedConf = { ...fast, debian: 13 };

export const traefik: TraefikStatic = {
  pingPort: 8080,
  dynamicDirectory: "/etc/traefik/dynamic",
  graceSec: 9,
};

export const routes = {
  grafana: {
    host: "grafana.internal.example.org",
    servers: ["http://192.168.1.140:3000"],
    entryPoint: "websecure",
  },
  apps: {
    host: "*.apps.example.org",
    servers: ["http://192.168.1.141:8080", "http://192.168.1.142:8080"],
    entryPoint: "web",
  },
};

export const lsyncd: LsyncdConf = {
  trees: [
    {
      module: "dynamic",
      directory: "/etc/traefik/dynamic",
      exclude: ["/routes.yml", "/certificates.yml", "acme.json", ".*"],
      chmod: "ug-s,go-w,F-x",
    },
    {
      module: "certificates",
      directory: "/etc/traefik/certificates",
      exclude: ["acme.json", ".*"],
      chmod: "D700,F600",
    },
  ],
  guardFile: "/etc/traefik/dynamic/routes.yml",
  targets: [{ address: "192.168.1.103", user: "root", port: 22 }],
  keyFile: "/etc/lsyncd/id_ed25519",
  knownHostsFile: "/etc/lsyncd/known_hosts",
  delaySec: 2,
};

export const configWatcher: ConfigWatcher = {
  host: "traefik",
  directory: "/etc/traefik/dynamic",
  metricsPort: 8080,
  driftPort: 8081,
  peers: [{ name: "traefik-2", address: "192.168.1.103" }],
  graceSec: 62,
  certificates: {
    directory: "/etc/traefik/certificates",
    file: "certificates.yml",
    pairs: [
      { certificate: "_.internal.example.org.crt", key: "_.internal.example.org.key" },
      { certificate: "grafana.example.org.crt", key: "grafana.example.org.key" },
    ],
  },
};

export const haproxy: HaproxyConf = {
  port: 6443,
  masters: [
    { name: "master-1", address: "192.168.56.10", port: 6443 },
    { name: "master-2", address: "192.168.56.11", port: 6443 },
    { name: "master-3", address: "192.168.56.12", port: 6443 },
  ],
  caFile: "/etc/haproxy/kubernetes-ca.crt",
  pace: API_CHECKS.compatible,
  check: { path: "/readyz", statuses: [200] },
  management: {
    address: "192.168.56.5",
    port: 8404,
    user: "stats",
    password: "s3cret of a golden",
    from: ["192.168.1.0/24"],
  },
};

export const health: HealthScript = {
  member: "traefik",
  units: ["traefik", "keepalived"],
  restart: { unit: "traefik", mark: "/run/traefik-restart-needed", stopSec: 75 },
  handoverSec: 3.5,
  vip: "192.168.1.101",
  questions: [answers("http://127.0.0.1:8080/ping"), takesConnections("192.168.1.101", 443)],
  retired: [
    {
      unit: "traefik-check-watcher.service",
      files: [
        "/etc/systemd/system/traefik-check-watcher.service",
        "/usr/local/bin/watch_traefik.sh",
      ],
    },
  ],
  settleSec: 6,
  deadlineSec: 90,
};

/** The first member, which the second relieves. */
export const drain: Drain = { member: "traefik", vip: "192.168.1.101", handoverSec: 3.5 };

export const hostFile: HostFileScript = {
  host: "traefik",
  path: "/etc/keepalived/keepalived.conf",
  sha256: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
  mode: "0644",
  owner: "root:root",
  test: 'keepalived -t -f "$NEW"',
  reload: "systemctl try-reload-or-restart keepalived",
};

export const handover: HandoverScript = {
  vips: ["192.168.1.101", "fd00:1::101"],
  interface: "eth0",
  peers: [{ name: "traefik-2", address: "192.168.1.103" }],
  port: 8082,
  drainSec: 60,
};
