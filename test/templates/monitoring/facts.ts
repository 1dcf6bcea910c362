import type { MonitoringFacts } from "../../../model/monitoring/types";

export const place = "traefikPairs.edge";

/** A pair with everything that can be watched, an ingress, a tunnel and a status. */
export const facts: MonitoringFacts = {
  stack: "house",
  scrapeSec: 15,
  writeSec: 15,
  exporterPort: 9100,
  blackbox: "127.0.0.1:9115",
  alertmanager: "127.0.0.1:9093",
  status: { exporter: "192.168.1.5:9100", everySec: 60 },
  thresholds: { certificateDays: 21, transitions: 8, backupHours: 30 },
  addresses: [
    {
      place,
      vip: "192.168.1.20",
      port: 443,
      daemon: "traefik",
      moveSec: 6.4,
      stopSec: 15,
      rollOutSec: 90,
      members: [
        { name: "a", address: "192.168.1.21", node: "pve1" },
        { name: "b", address: "192.168.1.22", node: "pve2" },
      ],
      replication: { source: "a", fullSyncSec: 1800 },
      certificates: true,
      comparesConfiguration: true,
    },
  ],
  ingresses: [{ place: "kubernetesIngress.lb", address: "10.0.20.203", port: 443 }],
  routes: [{ place, name: "home", host: "home.example.org", url: "https://192.168.1.20/" }],
  memberBackups: { everyHours: 24 },
  tunnels: [{ name: "public", hostnames: ["example.org"], hosts: 2 }],
};
