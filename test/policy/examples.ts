import type { ObservedResource } from "../../policy/rule";
import { haGroup } from "./group";
import { command, container, keepalivedConf, rawPair, resource } from "./resources";

const preferred = { priority: 200 };

const haResource = (name: string, resourceId: string) =>
  resource("proxmoxve:index/haresource:Haresource", name, { resourceId });

const tunnel = (name: string, originRequest: object) =>
  resource(
    "cloudflare:index/zeroTrustTunnelCloudflaredConfig:ZeroTrustTunnelCloudflaredConfig",
    name,
    {
      tunnelId: "11111111-2222-3333-4444-555555555555",
      config: {
        ingresses: [
          {
            hostname: "grafana.example.org",
            service: "https://traefik.traefik.svc:443",
            originRequest,
          },
        ],
      },
    },
  );

/** An haproxy.cfg of a load balancer in front of API servers, as people write it by hand. */
const balancer = (uri: string, verify: string, masters: readonly number[]) =>
  command(
    "lb1-haproxy",
    "192.168.56.5",
    `backend kubernetes-masters
    option httpchk
    http-check send meth GET uri ${uri}
    default-server check check-ssl verify ${verify}
${masters.map((master) => `    server master-${master} 192.168.56.${9 + master}:6443\n`).join("")}`,
  );
const verified = "required ca-file /etc/haproxy/kubernetes-ca.crt";

/** For rules whose own test has no `pageTest` the example of the page: resources that the rule refuses with one message. */
export const examples: Record<string, ObservedResource[]> = {
  "pair-on-one-node": rawPair(preferred, { priority: 100 }, ["proxmox", "proxmox"]),
  "vrrp-weight": rawPair({ priority: 200, weight: -20 }, { priority: 100, weight: -20 }),
  "vrrp-disagreement": rawPair(preferred, { priority: 100, routerId: 52 }),
  "pair-without-check": rawPair(preferred, { priority: 100, check: false }),
  "keepalived-file": [
    command(
      "dns-conf",
      "192.168.1.5",
      keepalivedConf({ priority: 150 }).replace("    virtual_router_id 51\n", ""),
    ),
  ],
  "traefik-pair-file": [
    ...rawPair(preferred, { priority: 100 }),
    ...["192.168.1.110", "192.168.1.103"].map((host) =>
      command(
        `traefik-yml-${host}`,
        host,
        `entryPoints: { websecure: { address: ":443" } }
certificatesResolvers: { le: { acme: { storage: /etc/traefik/acme.json, tlsChallenge: {} } } }
`,
        { create: "cat > /etc/traefik/traefik.yml" },
      ),
    ),
  ],
  "lsyncd-file": [
    ...rawPair(preferred, { priority: 100 }),
    command(
      "lsyncd-conf",
      "192.168.1.110",
      `settings { insist = true }
sync { default.rsyncssh, source = "/etc/traefik/dynamic", host = "192.168.1.103", targetdir = "/etc/traefik/dynamic" }
`,
      { create: "cat > /etc/lsyncd/lsyncd.conf.lua" },
    ),
  ],
  "vip-collision": rawPair(
    { priority: 200, vip: "192.168.1.110/24" },
    { priority: 100, vip: "192.168.1.110/24" },
  ),
  "router-id-collision": [
    ...rawPair(preferred, { priority: 100 }),
    command("lb1-conf", "192.168.1.5", keepalivedConf({ priority: 150, vip: "192.168.1.100/24" })),
    command("lb2-conf", "192.168.1.6", keepalivedConf({ priority: 100, vip: "192.168.1.100/24" })),
  ],
  "load-balancer-service": [
    resource("kubernetes:core/v1:Service", "ingress", {
      spec: { type: "LoadBalancer", externalTrafficPolicy: "Local", selector: { app: "traefik" } },
    }),
    resource("kubernetes:apps/v1:Deployment", "ingress", {
      spec: { replicas: 1, template: { metadata: { labels: { app: "traefik" } } } },
    }),
  ],
  "ha-rule-infeasible": [
    haGroup("traefik-group", { nodes: { proxmox2: 1, proxmox3: 1, proxmox: 0 } }),
  ],
  "ha-local-disk": [
    container("adguard", 1250, "proxmox3", "192.168.1.253", { disk: { datastoreId: "local-lvm" } }),
    haResource("adguard-ha", "ct:1250"),
  ],
  "ha-passthrough": [
    container("zigbee2mqtt", 122, "proxmox3", "192.168.1.122", {
      devicePassthroughs: [{ path: "/dev/ttyUSB0" }],
    }),
    haResource("zigbee2mqtt-ha", "ct:122"),
  ],
  "tunnel-origin-address": [
    resource("kubernetes:core/v1:Service", "traefik", {
      metadata: {
        name: "traefik",
        namespace: "traefik",
        annotations: { "metallb.io/loadBalancerIPs": "10.0.20.203" },
      },
      spec: { type: "LoadBalancer" },
    }),
    resource(
      "cloudflare:index/zeroTrustTunnelCloudflaredConfig:ZeroTrustTunnelCloudflaredConfig",
      "tunnel",
      {
        config: {
          ingresses: [{ hostname: "grafana.example.org", service: "https://10.0.20.203:443" }],
        },
      },
    ),
  ],
  "tunnel-one-owner": ["public", "from-the-dashboard"].map((name) => tunnel(name, {})),
  "tunnel-tls-not-verified": [tunnel("tunnel", { noTlsVerify: true })],
  "haproxy-file": [
    command(
      "lb1-haproxy",
      "192.168.56.5",
      "backend kubernetes-masters\n    server master-1 192.168.56.10:6443 \\\n        check\n",
    ),
  ],
  "haproxy-tls-not-verified": [balancer("/readyz", "none", [1, 2, 3])],
  "haproxy-api-check": [balancer("/healthz", verified, [1, 2, 3])],
  "api-masters-even": [balancer("/readyz", verified, [1, 2])],
  "host-key-not-pinned": [
    command("traefik-conf", "192.168.1.110", "", { connection: { host: "192.168.1.110" } }),
  ],
  "not-judged": [
    container("adguard", 1250, "proxmox3", "192.168.1.253", { disk: { datastoreId: "tank" } }),
    resource("proxmoxve:index/haresource:Haresource", "ha-adguard", {
      resourceId: "ct:1250",
      state: "started",
    }),
  ],
};
