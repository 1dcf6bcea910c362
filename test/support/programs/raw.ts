import * as proxmox from "@muhlba91/pulumi-proxmoxve";
import * as cloudflare from "@pulumi/cloudflare";
import * as command from "@pulumi/command";
import * as kubernetes from "@pulumi/kubernetes";
import type { SimOptions } from "../../../sim/server";

const account = "0123456789abcdef0123456789abcdef";

/** What the raw program takes for granted on the platforms. */
export const rawSeed: SimOptions = {
  pveVersion: 9,
  nodes: ["a", "b", "c"],
  guests: [
    { vmid: 110, type: "ct", node: "a", name: "traefik" },
    { vmid: 121, type: "ct", node: "b", name: "traefik-2" },
  ],
  zones: [{ name: "example.org", accountId: account }],
};

/** One resource of every kind that the stacks use, without any component. */
export async function rawProgram(): Promise<Record<string, unknown>> {
  const file = new command.remote.Command("conf", {
    connection: { host: "192.0.2.10", user: "root", privateKey: "a key" },
    create: "cat > /etc/keepalived/keepalived.conf",
    update: "cat > /etc/keepalived/keepalived.conf",
    stdin: "vrrp_instance VI_1 {}\n",
  });
  const members = ["ct:110", "ct:121"].map(
    (resourceId) => new proxmox.Haresource(resourceId.replace(":", "-"), { resourceId }),
  );
  const apart = new proxmox.Harule(
    "apart",
    {
      rule: "apart",
      type: "resource-affinity",
      affinity: "negative",
      resources: ["ct:110", "ct:121"],
    },
    { dependsOn: [...members, file] },
  );
  new proxmox.Replication("copy", { resourceId: "110-0", target: "b", type: "local" });
  new proxmox.backup.Job("backup", {
    resourceId: "all",
    schedule: "02:00",
    storage: "store",
    vmids: ["110", "121"],
  });
  const namespace = new kubernetes.core.v1.Namespace("tunnel", { metadata: { name: "tunnel" } });
  const zone = cloudflare.getZoneOutput({ filter: { name: "example.org" } });
  const tunnel = new cloudflare.ZeroTrustTunnelCloudflared(
    "web",
    { accountId: account, name: "web", configSrc: "cloudflare" },
    { dependsOn: [apart] },
  );
  const ingresses = [
    { hostname: "www.example.org", service: "https://traefik.traefik.svc:443" },
    { service: "http_status:404" },
  ];
  new cloudflare.ZeroTrustTunnelCloudflaredConfig("web", {
    accountId: account,
    tunnelId: tunnel.id,
    config: { ingresses },
  });
  new cloudflare.DnsRecord("www", {
    zoneId: zone.zoneId,
    name: "www.example.org",
    type: "CNAME",
    content: tunnel.id.apply((id) => `${id}.cfargotunnel.com`),
    ttl: 1,
    proxied: true,
  });
  const token = cloudflare.getZeroTrustTunnelCloudflaredTokenOutput({
    accountId: account,
    tunnelId: tunnel.id,
  });
  new kubernetes.core.v1.Secret("token", {
    metadata: { name: "token", namespace: namespace.metadata.name },
    stringData: { token: token.token },
  });
  return { tunnel: tunnel.id };
}
