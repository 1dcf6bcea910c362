import { ContainerLegacy } from "@muhlba91/pulumi-proxmoxve/containerLegacy";
import { Command } from "@pulumi/command/remote/command";
import { CopyToRemote } from "@pulumi/command/remote/copyToRemote";
import * as pulumi from "@pulumi/pulumi";

/** What differs between the variants of the program. */
export interface RawPair {
  /** Proxmox nodes of the two containers. */
  nodes: [string, string];
  /** VRRP priorities of the two. */
  priorities: [number, number];
  /** Weight of the health check. */
  weight: number;
}

/** A pair that survives: two nodes, and a weight larger than the distance of the priorities. */
export const soundPair: RawPair = {
  nodes: ["proxmox2", "proxmox3"],
  priorities: [200, 100],
  weight: -120,
};

const hosts = [
  {
    name: "traefik",
    vmId: 110,
    address: "192.168.1.110",
    state: "MASTER",
    hostKey: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGYIZgeTN9/cuRBaiJsS3WnPVa9n6XgpvIa1kCfXCENM",
  },
  {
    name: "traefik-2",
    vmId: 121,
    address: "192.168.1.103",
    state: "BACKUP",
    hostKey: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBiuhkIRKCv79QifvD/XoGI0XQx7393mzOwFzFpV3I2V",
  },
] as const;

/** The configuration as somebody writes it by hand: one template literal, no check of anything. */
export function keepalivedConf(state: string, priority: number, weight: number): string {
  return `vrrp_script check_traefik {
    script "/usr/local/bin/check_traefik.sh"
    interval 2
    timeout 2
    fall 2
    rise 2
    weight ${weight}
}

vrrp_instance VI_1 {
    state ${state}
    interface eth0
    virtual_router_id 51
    priority ${priority}
    advert_int 1
    virtual_ipaddress {
        192.168.1.101/24
    }
    track_script {
        check_traefik
    }
}
`;
}

/** Two containers and their keepalived: the first file is copied, the second written by a script. */
export function rawPair({ nodes, priorities, weight }: RawPair): void {
  const [first, second] = hosts.map((host, index) => {
    const container = new ContainerLegacy(host.name, {
      nodeName: nodes[index === 0 ? 0 : 1],
      vmId: host.vmId,
      initialization: {
        hostname: host.name,
        ipConfigs: [{ ipv4: { address: `${host.address}/24`, gateway: "192.168.1.1" } }],
      },
    });
    return {
      name: `${host.name}-keepalived`,
      connection: { host: host.address, user: "root", hostKey: host.hostKey },
      conf: keepalivedConf(host.state, priorities[index === 0 ? 0 : 1], weight),
      opts: { dependsOn: [container] },
    };
  });
  if (!first || !second) return;
  new CopyToRemote(
    first.name,
    {
      connection: first.connection,
      source: new pulumi.asset.StringAsset(first.conf),
      remotePath: "/etc/keepalived/keepalived.conf",
    },
    first.opts,
  );
  new Command(
    second.name,
    {
      connection: second.connection,
      create: `cat > /etc/keepalived/keepalived.conf <<'CONF'\n${second.conf}CONF\nsystemctl reload keepalived\n`,
    },
    second.opts,
  );
}
