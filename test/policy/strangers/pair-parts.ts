import { guest, remote } from "./guests";

export const vm = "proxmoxve:index/vmLegacy:VmLegacy";
export const hosts = ["10.30.0.11", "10.30.0.12"] as const;
export const six = ["fd30::11", "fd30::12"] as const;
export const machines = hosts.map((address, index) =>
  guest(vm, `gw-${index + 1}`, 401 + index, `pve-${index + 1}`, {
    initialization: { ipConfigs: [{ ipv4: { address: `${address}/24`, gateway: "10.30.0.1" } }] },
  }),
);

export const check = (weight = "", more = "") => `vrrp_script chk {
  script "/usr/bin/pgrep -x unbound"
  interval 2
  fall 2
  rise 2
  ${weight}
  ${more}
}
`;
/** The parts of an instance; what is not stated is as most people have it. */
interface Parts {
  name?: string;
  id?: number;
  priority?: number;
  vips?: string[];
  lines?: string[];
  track?: string;
  device?: string;
}

export const instance = ({
  name = "GW",
  id = 66,
  priority = 150,
  vips = ["10.30.0.10/24"],
  lines = [],
  track = "track_script {\n    chk\n  }",
  device = "eth0",
}: Parts = {}) => `vrrp_instance ${name} {
  interface ${device}
  virtual_router_id ${id}
  priority ${priority}
  advert_int 1
  virtual_ipaddress {
    ${vips.join("\n    ")}
  }
  ${[...lines, track].join("\n  ")}
}
`;
export const peers = (index: number, list: readonly string[] = hosts) =>
  `unicast_src_ip ${list[index]}\n  unicast_peer {\n    ${list[1 - index]}\n  }`;
export const bring = (make: (index: 0 | 1, priority: number) => string) => [
  ...machines,
  ...([0, 1] as const).map((index) =>
    remote(`gw-${index + 1}-keepalived`, hosts[index], {
      create: "install -D -m 0640 /dev/stdin /etc/keepalived/keepalived.conf",
      stdin: make(index, 150 - 50 * index),
    }),
  ),
];
export const pair = (
  parts: (index: 0 | 1, priority: number) => Parts,
  script = check("weight -60"),
) => bring((index, priority) => script + instance({ priority, ...parts(index, priority) }));

export const two = (second: (index: 0 | 1, priority: number) => Parts) =>
  bring(
    (index, priority) =>
      check() +
      instance({ priority }) +
      instance({
        name: "DNS",
        id: 67,
        vips: ["10.30.0.20/24"],
        priority,
        ...second(index, priority),
      }),
  );
export const processes = "vrrp_track_process dns {\n  process unbound\n  weight -10\n}\n";
export const drain = (weight: number) =>
  `track_file maint {\n  file /run/maint\n  weight ${weight}\n  init_file 0\n}\n`;
export const compose = (text: string) =>
  remote("vip-compose", hosts[0], { create: "cat > /opt/vip/compose.yaml", stdin: text });
