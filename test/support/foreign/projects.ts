import { balancer, pair } from "../../components/vrrp-data";

/** As a program of one's own writes it: each component by its own module and by the root. */
export const typescriptProgram = `import * as pulumi from "@pulumi/pulumi";
import { type HaGroupArgs, MetalLbService, TunnelIngress, VrrpProfile } from "homelab-ha";
import { HaGroup } from "homelab-ha/ha-group";
import { KeepalivedLb } from "homelab-ha/keepalived-lb";
import { MetalLbService as Same } from "homelab-ha/metallb-service";
import { judgeWeights } from "homelab-ha/model/vrrp/weight";
import { rules } from "homelab-ha/policy";
import { TraefikHaPair } from "homelab-ha/traefik-ha-pair";
import { TunnelIngress as SameTunnel } from "homelab-ha/tunnel-ingress";

const storage = { name: "local-zfs", kind: "zfs" as const, nodes: ["proxmox", "proxmox2", "proxmox3"] };
const group: HaGroupArgs = {
  pveVersion: 9,
  clusterNodes: ["proxmox", "proxmox2", "proxmox3"],
  guests: [
    { name: "traefik", vmid: 110, type: "ct", node: "proxmox2", storage },
    { name: "traefik-2", vmid: 121, type: "ct", node: "proxmox3", storage },
  ],
  nodes: { proxmox2: 1, proxmox3: 1 },
  keepApart: [["traefik", "traefik-2"]],
  replication: { everyMinutes: 15 },
  backup: { storage: "backup", schedule: "02:00" },
};
new HaGroup("web", group);
const pair = new TraefikHaPair("traefik", ${JSON.stringify(pair)});
new KeepalivedLb("api", { ...${JSON.stringify(balancer)}, profile: VrrpProfile.Fast });
const ingress = new MetalLbService(
  "ingress",
  {
    namespace: "traefik",
    address: "10.0.20.200",
    pool: { name: "metallb", range: "10.0.20.200-10.0.20.220" },
    selector: { app: "traefik" },
  },
  { transform: { service: (args) => ({ ...args, metadata: { name: "ingress" } }) } },
);
new TunnelIngress(
  "public",
  {
    accountId: "0123456789abcdef0123456789abcdef",
    zone: "example.org",
    ingress: [
      { hostname: "a.example.org", origin: { service: "ingress", namespace: "traefik", port: 443 } },
    ],
  },
  { dependsOn: ingress },
);
export const address: pulumi.Output<string> = pair.address;
export const same = Same === MetalLbService && SameTunnel === TunnelIngress;
export const count = rules.length;
export const judge = judgeWeights;
`;

/** Runs a program of the folder it stands in with the engine, and prints what came of it as JSON. */
export const previewScript = `const { LocalWorkspace, PulumiCommand } = require("@pulumi/pulumi/automation");
const { program, packs, configs = [], command, state } = JSON.parse(process.argv[2]);
async function main() {
  const events = [];
  const pulumiCommand = command ? await PulumiCommand.get({ root: command }) : await PulumiCommand.get();
  const stack = await LocalWorkspace.createOrSelectStack(
    { stackName: "dev", projectName: "foreign", program: async () => ({ ...require(program) }) },
    { pulumiCommand, pulumiHome: state + "/home" },
  );
  let failure;
  const onEvent = (event) => events.push(event);
  try {
    await stack.preview({ onEvent, policyPacks: packs, policyPackConfigs: configs, color: "never" });
  } catch (error) {
    failure = String(error);
  }
  const resources = events.flatMap(({ resourcePreEvent: one }) => (one ? [one.metadata] : []));
  const said = events.flatMap(({ policyEvent: one }) => (one ? [one.enforcementLevel + " " + one.policyName + ": " + one.message] : []));
  console.log(JSON.stringify({ failure, said, created: resources.map(({ type }) => type) }));
}
void main();
`;

/** Settings of the project that `pulumi new typescript` makes. */
export const templateSettings = {
  strict: true,
  outDir: "bin",
  target: "es2020",
  module: "nodenext",
  moduleResolution: "nodenext",
  sourceMap: true,
  experimentalDecorators: true,
  pretty: true,
  noFallthroughCasesInSwitch: true,
  noImplicitReturns: true,
  forceConsistentCasingInFileNames: true,
};

/** A stack without any component of ours: a weight that is too small, and a storage nobody declares. */
export const rawProgram = `const { ContainerLegacy } = require("@muhlba91/pulumi-proxmoxve/containerLegacy");
const { Haresource } = require("@muhlba91/pulumi-proxmoxve/haresource");
const { Command } = require("@pulumi/command/remote/command");
const hostKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGYIZgeTN9/cuRBaiJsS3WnPVa9n6XgpvIa1kCfXCENM";
const hosts = [
  ["traefik", "192.168.1.110", "proxmox2", 210, 200],
  ["traefik-2", "192.168.1.103", "proxmox3", 221, 100],
];
for (const [name, host, nodeName, vmId, priority] of hosts) {
  const guest = new ContainerLegacy(name, {
    nodeName,
    vmId,
    initialization: { hostname: name, ipConfigs: [{ ipv4: { address: host + "/24" } }] },
    disk: { datastoreId: "tank", size: 8 },
  });
  new Haresource(name, { resourceId: "ct:" + vmId }, { dependsOn: guest });
  new Command(name + "-keepalived", {
    connection: { host, user: "root", hostKey },
    create: "cat > /etc/keepalived/keepalived.conf",
    stdin: \`vrrp_script check {
    script "/bin/check"
    interval 2
    weight -20
}
vrrp_instance VI_1 {
    state BACKUP
    interface eth0
    virtual_router_id 51
    priority \${priority}
    virtual_ipaddress {
        192.168.1.101/24
    }
    track_script {
        check
    }
}
\`,
  }, { dependsOn: guest });
}
`;

/** What another language registers for a component of a component package. */
export const componentProgram = `const pulumi = require("@pulumi/pulumi");
class Remote extends pulumi.ComponentResource {
  constructor(name, args) {
    super("homelab-ha:index:MetalLbService", name, args, {}, true);
  }
}
new Remote("ingress", {
  namespace: "traefik",
  address: "10.0.20.201",
  pool: { name: "metallb", range: "10.0.20.200-10.0.20.220" },
  selector: { "app.kubernetes.io/name": "traefik" },
});
`;
