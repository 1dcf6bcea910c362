import type { ObservedResource } from "../../policy/rule";

export const hostKey =
  "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGYIZgeTN9/cuRBaiJsS3WnPVa9n6XgpvIa1kCfXCENM";

/** A resource with a URN that tells type and name. */
export function resource(
  type: string,
  name: string,
  props: Record<string, unknown>,
): ObservedResource {
  return { type, name, props, urn: `urn:pulumi:test::test::${type}::${name}` };
}

/** Inputs of a TraefikHaPair as the homelab has it; `more` goes on top. */
export function pair(more: Record<string, unknown> = {}): ObservedResource {
  return resource("homelab:components:TraefikHaPair", "traefik", {
    vip: "192.168.1.101/24",
    interface: "eth0",
    virtualRouterId: 51,
    version: 3,
    advertIntervalSec: 1,
    preempt: true,
    preemptDelaySec: 0,
    check: { weight: -120, intervalSec: 2, timeoutSec: 2, fall: 2, rise: 2 },
    members: [
      { name: "traefik", address: "192.168.1.110", node: "proxmox2", priority: 200, hostKey },
      { name: "traefik-2", address: "192.168.1.103", node: "proxmox3", priority: 150, hostKey },
    ],
    ...more,
  });
}

/** A container as bpg's provider takes it. */
export function container(
  name: string,
  vmId: number,
  nodeName: string,
  address: string,
  more: Record<string, unknown> = {},
): ObservedResource {
  return resource("proxmoxve:index/containerLegacy:ContainerLegacy", name, {
    nodeName,
    vmId,
    initialization: { hostname: name, ipConfigs: [{ ipv4: { address: `${address}/24` } }] },
    ...more,
  });
}

/** What one keepalived.conf says. */
export interface ConfOptions {
  priority: number;
  weight?: number;
  state?: string;
  routerId?: number;
  vip?: string;
  authPass?: string;
  check?: boolean;
  instance?: string;
  advertInt?: number;
}

/** A keepalived.conf as people write it by hand. */
export function keepalivedConf(options: ConfOptions): string {
  const { priority, weight = -120, state = "BACKUP", routerId = 51, check = true } = options;
  const { vip = "192.168.1.101/24", authPass, instance = "VI_1", advertInt = 1 } = options;
  const script = `vrrp_script check {
    script "/usr/local/bin/check.sh"
    interval 2
    fall 2
    weight ${weight}
}
`;
  const auth = `    authentication {
        auth_type PASS
        auth_pass ${authPass}
    }
`;
  const track = `    track_script {
        check
    }
`;
  return `${check ? script : ""}vrrp_instance ${instance} {
    state ${state}
    interface eth0
    virtual_router_id ${routerId}
    priority ${priority}
    advert_int ${advertInt}
${authPass === undefined ? "" : auth}    virtual_ipaddress {
        ${vip}
    }
${check ? track : ""}}
`;
}

/** A file brought to a host as standard input. */
export function command(
  name: string,
  host: string,
  stdin: string,
  more: Record<string, unknown> = {},
): ObservedResource {
  return resource("command:remote:Command", name, {
    connection: { host, user: "root", hostKey },
    create: "cat > /etc/keepalived/keepalived.conf",
    stdin,
    ...more,
  });
}

/** A hand-written pair: two containers, two files. */
export function rawPair(
  first: ConfOptions,
  second: ConfOptions,
  nodes: [string, string] = ["proxmox2", "proxmox3"],
): ObservedResource[] {
  return [
    container("traefik", 110, nodes[0], "192.168.1.110"),
    container("traefik-2", 121, nodes[1], "192.168.1.103"),
    command("traefik-conf", "192.168.1.110", keepalivedConf(first)),
    command("traefik-2-conf", "192.168.1.103", keepalivedConf(second)),
  ];
}
