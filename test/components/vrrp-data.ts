import type { KeepalivedLbArgs } from "../../components/keepalived-lb";
import type { ServicePairArgs } from "../../components/service-pair";
import type { TraefikHaPairArgs } from "../../components/traefik-ha-pair";
import type { Registration } from "./recorder";

const hostKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHomelabHostKeyHomelabHostKeyHomelabHostKeyA";
const ssh = { user: "root", port: 22 };

/** The Traefik pair of the homelab, the preferred member first. */
export const pair: TraefikHaPairArgs = {
  vip: "192.168.1.101/24",
  interface: "eth0",
  virtualRouterId: 51,
  check: { weight: -120 },
  members: [
    {
      name: "traefik",
      address: "192.168.1.110",
      node: "proxmox2",
      hostKey,
      debian: 12,
      priority: 200,
    },
    {
      name: "traefik-2",
      address: "192.168.1.103",
      node: "proxmox3",
      hostKey,
      debian: 12,
      priority: 100,
    },
  ],
  traefik: { version: "3.5.0", sha256: "0".repeat(64) },
  routes: {
    grafana: { host: "grafana.internal.example.org", servers: ["http://192.168.1.140:3000"] },
  },
  ssh,
};

/** The load balancers in front of the Kubernetes API. */
export const balancer: KeepalivedLbArgs = {
  vip: "192.168.56.100/24",
  interface: "eth1",
  virtualRouterId: 60,
  members: [
    { name: "lb-1", address: "192.168.56.5", node: "pve1", hostKey, debian: 12, priority: 150 },
    { name: "lb-2", address: "192.168.56.6", node: "pve2", hostKey, debian: 12, priority: 100 },
  ],
  masters: [
    { name: "master-1", address: "192.168.56.10", node: "pve1" },
    { name: "master-2", address: "192.168.56.11", node: "pve2" },
    { name: "master-3", address: "192.168.56.12", node: "pve3" },
  ],
  statsPassword: "correct-horse-battery",
  ssh,
};

/** Two resolvers behind one address. */
export const resolvers: ServicePairArgs = {
  vip: "192.168.1.53/24",
  virtualRouterId: 53,
  check: { dns: { name: "router.home.arpa", expected: "192.168.1.1" } },
  members: [
    { name: "dns-1", address: "192.168.1.21", node: "pve1", hostKey, debian: 12, priority: 200 },
    { name: "dns-2", address: "192.168.1.22", node: "pve2", hostKey, debian: 12, priority: 150 },
  ],
  unit: "unbound.service",
  ssh,
};

/** One line for each resource: type, name and parent, in the order of registration. */
export function listed(resources: readonly Registration[]): string {
  return resources.map(({ type, name, parent }) => `${type} ${name} < ${parent}`).join("\n");
}

/** One line for each command: what it waits for. */
export function waits(resources: readonly Registration[]): string {
  return resources
    .filter(({ type }) => type === "command:remote:Command")
    .map(({ name, dependsOn }) => `${name}: ${dependsOn.join(", ")}`)
    .join("\n");
}

/** A client certificate, good for a hundred years, with something in the place of its key. */
export const clientCertificate = `-----BEGIN CERTIFICATE-----
MIIBjDCCATOgAwIBAgIULmU+MsDycySjuJ+9Bv+ZHzP/HgcwCgYIKoZIzj0EAwIw
EjEQMA4GA1UEAwwHaGFwcm94eTAgFw0yNjExMjcwMjE5MjJaGA8yMTI2MTEwMzAy
MTkyMlowEjEQMA4GA1UEAwwHaGFwcm94eTBZMBMGByqGSM49AgEGCCqGSM49AwEH
A0IABKB0+J67xpHnvln8wfxlV4YyysIF59e3zgR8dX0Fi9/eSCrsHK57POQFttqg
T5WBymH+UrcHjkKpJlz2bDq9GTyjZTBjMB0GA1UdDgQWBBSosMH4UmXDDxxsdoIk
c8xtw20IvjAfBgNVHSMEGDAWgBSosMH4UmXDDxxsdoIkc8xtw20IvjAMBgNVHRMB
Af8EAjAAMBMGA1UdJQQMMAoGCCsGAQUFBwMCMAoGCCqGSM49BAMCA0cAMEQCIEiZ
GJu7gWkhNkAS5qkPsmlIeWmh0KFgvd+L1Wm4jRqaAiBaWBNZYsR/zS08fOqGEjts
cMoRoE/gwrEwYB/xZwEwmw==
-----END CERTIFICATE-----
-----BEGIN PRIVATE KEY-----
MAo=
-----END PRIVATE KEY-----
`;
