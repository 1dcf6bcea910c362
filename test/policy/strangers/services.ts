import { resource } from "../resources";
import { guest, remote, type Strange } from "./guests";

const vm = "proxmoxve:index/vmLegacy:VmLegacy";
const at = (address: string) => ({
  initialization: { ipConfigs: [{ ipv4: { address, gateway: "10.20.0.1" } }] },
});
const edge = (nodes: [string, string]) => [
  guest(vm, "edge-1", 301, nodes[0], at("10.20.0.11/24")),
  guest(vm, "edge-2", 302, nodes[1], at("10.20.0.12/24")),
];

/** The pair's file, written the way tutorials do. */
const conf = (state: string, priority: number, weight: string, more = "") => `! Configuration File
global_defs {
   router_id LVS_EDGE
   enable_script_security
   script_user root
}
vrrp_script chk_haproxy {
  script "/usr/bin/pgrep haproxy"
  interval 2
  ${weight}
}
vrrp_instance EDGE {
  state ${state}
  interface eth0
  virtual_router_id 77
  priority ${priority}
  advert_int 1
  virtual_ipaddress {
    10.20.0.10/24
  }
  track_script {
    chk_haproxy
  }
${more}}
`;
const heredoc = (text: string) => ({
  create: `apt-get install -y keepalived\ncat <<'CONF' > /etc/keepalived/keepalived.conf\n${text}CONF\nsystemctl restart keepalived`,
});
const pairOf = (one: string, other: string, hosts = ["10.20.0.11", "10.20.0.12"]) => [
  remote("edge-1-keepalived", hosts[0] ?? "", heredoc(one)),
  remote("edge-2-keepalived", hosts[1] ?? "", heredoc(other)),
];
const good = pairOf(conf("MASTER", 150, "weight -60"), conf("BACKUP", 100, "weight -60"));

const haproxy = (check: string, servers: string) => `defaults
  mode tcp
  timeout connect 5s
  timeout client 1h
  timeout server 1h
frontend kube
  bind *:6443
  default_backend cp
backend cp
  balance roundrobin
${check}
${servers}
`;
const verified = "check check-ssl verify required ca-file /etc/haproxy/ca.crt";
const readyz =
  "  option httpchk\n  http-check send meth GET uri /readyz\n  http-check expect status 200,401";
const three = (options: string) =>
  [21, 22, 23].map((last) => `  server cp${last} 10.20.0.${last}:6443 ${options}`).join("\n");
const balancer = (text: string) =>
  remote("haproxy", "10.20.0.11", { create: "cat > /etc/haproxy/haproxy.cfg", stdin: text });
const controlPlane = (...nodes: string[]) =>
  nodes.map((node, index) =>
    guest(vm, `cp-${index}`, 321 + index, node, at(`10.20.0.${21 + index}/24`)),
  );

const tunnel = (type: string, key: string, service: string) =>
  resource(type, "home", {
    tunnelId: "t",
    accountId: "a",
    config: {
      [key]: [{ hostname: "photos.example.org", service }, { service: "http_status:404" }],
    },
  });
const tunnel5 = "cloudflare:index/tunnelConfig:TunnelConfig";
const tunnel6 =
  "cloudflare:index/zeroTrustTunnelCloudflaredConfig:ZeroTrustTunnelCloudflaredConfig";
const service = resource("kubernetes:core/v1:Service", "ingress", {
  metadata: {
    name: "ingress",
    namespace: "edge",
    annotations: { "metallb.universe.tf/loadBalancerIPs": "10.20.0.200" },
  },
  spec: { type: "LoadBalancer", ports: [{ port: 443 }] },
});
const pool = resource("kubernetes:metallb.io/v1beta1:IPAddressPool", "lan", {
  metadata: { name: "lan", namespace: "metallb-system" },
  spec: { addresses: ["10.20.0.200-10.20.0.220"] },
});

export const serviceStacks: Strange[] = [
  { what: "a pair from a tutorial", resources: [...edge(["pve-a", "pve-b"]), ...good] },
  {
    what: "the pair on one node",
    resources: [...edge(["pve-a", "pve-a"]), ...good],
    refused: ["pair-on-one-node"],
  },
  {
    what: "the pair on one node, reached by host name",
    resources: [
      ...edge(["pve-a", "pve-a"]),
      ...pairOf(conf("MASTER", 150, "weight -60"), conf("BACKUP", 100, "weight -60"), [
        "edge-1.lan",
        "EDGE-2",
      ]),
    ],
    refused: ["pair-on-one-node"],
  },
  {
    what: "a weight that moves nothing",
    resources: [
      ...edge(["pve-a", "pve-b"]),
      ...pairOf(conf("MASTER", 150, "weight -20"), conf("BACKUP", 100, "weight -20")),
    ],
    refused: ["vrrp-weight"],
  },
  {
    what: "nopreempt with a weight",
    resources: [
      ...edge(["pve-a", "pve-b"]),
      ...pairOf(
        conf("BACKUP", 150, "weight -60", "  nopreempt\n"),
        conf("BACKUP", 100, "weight -60", "  nopreempt\n"),
      ),
    ],
    refused: ["vrrp-weight"],
  },
  {
    what: "another interval on the second member",
    resources: [
      ...edge(["pve-a", "pve-b"]),
      ...pairOf(
        conf("MASTER", 150, "weight -60"),
        conf("BACKUP", 100, "weight -60").replace("advert_int 1", "advert_int 3"),
      ),
    ],
    refused: ["vrrp-disagreement"],
  },
  {
    what: "a guest that has the virtual address",
    resources: [
      ...edge(["pve-a", "pve-b"]),
      guest(vm, "nas", 330, "pve-c", at("10.20.0.10/24")),
      ...good,
    ],
    refused: ["vip-collision"],
  },
  {
    what: "a keepalived.conf that is decoded on the host",
    resources: [
      remote("edge", "10.20.0.11", {
        create: "echo Zm9v | base64 -d > /etc/keepalived/keepalived.conf",
      }),
    ],
    unjudged: [
      "script that decodes a file (1)",
      "script that writes a file with printf or echo (1)",
    ],
  },
  {
    what: "three masters on three nodes",
    resources: [
      ...controlPlane("pve-a", "pve-b", "pve-c"),
      balancer(haproxy(readyz, three(verified))),
    ],
  },
  {
    what: "three masters on one node",
    resources: [
      ...controlPlane("pve-a", "pve-a", "pve-a"),
      balancer(haproxy(readyz, three(verified))),
    ],
    refused: ["pair-on-one-node"],
  },
  {
    what: "API servers that nobody verifies",
    resources: [balancer(haproxy(readyz, three("check check-ssl verify none")))],
    refused: ["haproxy-tls-not-verified"],
  },
  {
    what: "API servers asked for /healthz",
    resources: [balancer(haproxy("  option httpchk GET /healthz", three(verified)))],
    refused: ["haproxy-api-check"],
  },
  {
    what: "SSH that pins no key",
    resources: [
      resource("command:remote:Command", "setup", {
        connection: { host: "10.20.0.11", user: "root" },
        create: "uname -a",
      }),
    ],
    refused: ["host-key-not-pinned"],
  },
  {
    what: "Cloudflare 5: a tunnel to a NAS",
    resources: [tunnel(tunnel5, "ingressRules", "http://10.20.0.40:5000")],
  },
  {
    what: "Cloudflare 6: a tunnel to a container",
    resources: [tunnel(tunnel6, "ingresses", "http://10.20.0.41:3000")],
  },
  {
    what: "Cloudflare 5: a tunnel to a Service's address",
    resources: [tunnel(tunnel5, "ingressRules", "https://10.20.0.200"), service, pool],
    refused: ["tunnel-origin-address"],
  },
  {
    what: "Cloudflare 6: a tunnel into the pool",
    resources: [tunnel(tunnel6, "ingresses", "https://10.20.0.205"), pool],
    refused: ["tunnel-origin-address"],
  },
  {
    what: "Cloudflare 6: a tunnel to a Service's name",
    resources: [tunnel(tunnel6, "ingresses", "https://ingress.edge.svc:443"), service, pool],
  },
];
