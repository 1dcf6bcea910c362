import { resource } from "../resources";
import { guest, remote, type Strange } from "./guests";

const vm = "proxmoxve:index/vmLegacy:VmLegacy";
const hosts = ["10.30.0.11", "10.30.0.12"] as const;
const six = ["fd30::11", "fd30::12"] as const;
const machines = hosts.map((address, index) =>
  guest(vm, `gw-${index + 1}`, 401 + index, `pve-${index + 1}`, {
    initialization: { ipConfigs: [{ ipv4: { address: `${address}/24`, gateway: "10.30.0.1" } }] },
  }),
);

const check = (weight = "", more = "") => `vrrp_script chk {
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

const instance = ({
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
const peers = (index: number, list: readonly string[] = hosts) =>
  `unicast_src_ip ${list[index]}\n  unicast_peer {\n    ${list[1 - index]}\n  }`;
const bring = (make: (index: 0 | 1, priority: number) => string) => [
  ...machines,
  ...([0, 1] as const).map((index) =>
    remote(`gw-${index + 1}-keepalived`, hosts[index], {
      create: "install -D -m 0640 /dev/stdin /etc/keepalived/keepalived.conf",
      stdin: make(index, 150 - 50 * index),
    }),
  ),
];
const pair = (parts: (index: 0 | 1, priority: number) => Parts, script = check("weight -60")) =>
  bring((index, priority) => script + instance({ priority, ...parts(index, priority) }));

const two = (second: (index: 0 | 1, priority: number) => Parts) =>
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
const processes = "vrrp_track_process dns {\n  process unbound\n  weight -10\n}\n";
const drain = (weight: number) =>
  `track_file maint {\n  file /run/maint\n  weight ${weight}\n  init_file 0\n}\n`;
const compose = (text: string) =>
  remote("vip-compose", hosts[0], { create: "cat > /opt/vip/compose.yaml", stdin: text });

/** Pairs for gateways and resolvers, each safe or with one hazard that real daemons show. */
export const pairStacks: Strange[] = [
  // Safe
  { what: "a gateway pair", resources: pair(() => ({})) },
  { what: "a gateway pair with a check that is a FAULT", resources: pair(() => ({}), check()) },
  { what: "a pair over IPv6", resources: pair(() => ({ vips: ["fe80::10", "fd30::10/64"] })) },
  {
    what: "a pair over IPv6 with peers",
    resources: pair((index) => ({ vips: ["fe80::10", "fd30::10/64"], lines: [peers(index, six)] })),
  },
  {
    what: "IPv6 beside IPv4, as excluded addresses",
    resources: pair(() => ({ lines: ["virtual_ipaddress_excluded {\n    fd30::10/64\n  }"] })),
  },
  { what: "peers", resources: pair((index) => ({ lines: [peers(index)] })) },
  {
    what: "a virtual MAC address",
    resources: pair(() => ({ lines: ["use_vmac", "vmac_xmit_base"] })),
  },
  { what: "two instances, one check", resources: two(() => ({})) },
  {
    what: "two instances, each host preferred for one",
    resources: two((_, priority) => ({ priority: 250 - priority })),
  },
  {
    what: "a file that drains a host",
    resources: bring(
      (_, priority) =>
        check() + drain(-200) + instance({ priority, lines: ["track_file {\n    maint\n  }"] }),
    ),
  },
  {
    what: "nopreempt on both, both backups",
    resources: pair(() => ({ lines: ["state BACKUP", "nopreempt"] }), check()),
  },
  {
    what: "a notify script that reloads a service",
    resources: pair(() => ({ lines: ['notify_master "/usr/bin/systemctl reload unbound"'] })),
  },
  {
    what: "the positive weight of tutorials, large enough",
    resources: pair(() => ({}), check("weight 60")),
  },
  {
    what: "a password for VRRPv2",
    resources: pair(() => ({
      lines: ["authentication {\n    auth_type PASS\n    auth_pass tR4nq9wz\n  }"],
    })),
  },
  {
    what: "adverts of VRRPv3 four times a second",
    resources: pair(() => ({ lines: ["version 3", "advert_int 0.25"] })),
  },
  {
    what: "a sync group whose checks have no weight",
    resources: bring(
      (_, priority) =>
        check() +
        instance({ priority }) +
        instance({
          name: "LAN",
          id: 68,
          vips: ["10.30.1.10/24"],
          device: "eth1",
          priority,
          track: "",
        }) +
        "vrrp_sync_group ALL {\n  group {\n    GW\n    LAN\n  }\n}\n",
    ),
  },
  {
    what: "a delay before the address goes back",
    resources: pair(() => ({ lines: ["state BACKUP", "preempt_delay 30"] })),
  },
  {
    what: "a link that is tracked as well",
    resources: pair(() => ({ lines: ["track_interface {\n    eth1\n  }"] })),
  },
  {
    what: "a check that runs as nobody",
    resources: pair(() => ({}), check("weight -60", "user nobody")),
  },
  {
    what: "a router's routes that move along",
    resources: pair(() => ({ lines: ["virtual_routes {\n    10.31.0.0/16 via 10.30.0.2\n  }"] })),
  },
  // Hazards
  {
    what: "one of two instances has another id on the second host",
    resources: two((index) => ({ id: 67 + index })),
    refused: ["vrrp-disagreement"],
  },
  {
    what: "one of two instances lost its check",
    resources: two(() => ({ track: "" })),
    refused: ["pair-without-check"],
  },
  {
    what: "IPv6 first here, IPv4 first there",
    resources: pair((index) => ({
      vips: index === 0 ? ["10.30.0.10/24", "fd30::10/64"] : ["fd30::10/64", "10.30.0.10/24"],
    })),
    refused: ["keepalived-file"],
  },
  {
    what: "a tracked process whose weight does not bridge",
    resources: bring(
      (_, priority) => processes + instance({ priority, track: "track_process {\n    dns\n  }" }),
    ),
    refused: ["vrrp-weight"],
  },
  {
    what: "the weight of tutorials, too small",
    resources: pair(() => ({}), check("weight 2")),
    refused: ["vrrp-weight"],
  },
  {
    what: "a source that is the other host's",
    resources: pair((index) => ({ lines: [peers(1 - index)] })),
    refused: ["keepalived-file"],
  },
  {
    what: "a source from a copied tutorial",
    resources: pair((index) => ({
      lines: [`unicast_src_ip 10.30.0.99\n  unicast_peer {\n    ${hosts[1 - index]}\n  }`],
    })),
    advised: ["keepalived-file-advice"],
    refused: ["vrrp-disagreement"],
  },
  {
    what: "peers that are oneself",
    resources: pair((index) => ({ lines: [`unicast_peer {\n    ${hosts[index]}\n  }`] })),
    refused: ["vrrp-disagreement"],
  },
  {
    what: "both MASTER with one priority",
    resources: pair(() => ({ priority: 100, lines: ["state MASTER"] })),
    refused: ["vrrp-weight"],
  },
  {
    what: "a check in /bin",
    resources: pair(
      () => ({}),
      check("weight -60").replace("/usr/bin/pgrep -x unbound", "/bin/pidof unbound"),
    ),
    advised: ["keepalived-file-advice"],
  },
  {
    what: "killall by somebody who may signal nothing",
    resources: pair(
      () => ({}),
      check("weight -60", "user nobody").replace(
        "/usr/bin/pgrep -x unbound",
        "/usr/bin/killall -0 unbound",
      ),
    ),
    advised: ["keepalived-file-advice"],
  },
  {
    what: "a check that asks once an hour",
    resources: pair(() => ({}), check("weight -60").replace("interval 2", "interval 3600")),
    refused: ["pair-without-check"],
  },
  {
    what: "multicast here, peers there",
    resources: pair((index) => ({ lines: index === 0 ? [peers(0)] : [] })),
    refused: ["vrrp-disagreement"],
  },
  {
    what: "the ids of two pairs on one segment",
    resources: [
      ...pair(() => ({})),
      ...[13, 14].flatMap((last, index) => [
        guest(vm, `dns-${index}`, 411 + index, `pve-${index + 1}`, {
          initialization: { ipConfigs: [{ ipv4: { address: `10.30.0.${last}/24` } }] },
        }),
        remote(`dns-${index}`, `10.30.0.${last}`, {
          create: "cat > /etc/keepalived/keepalived.conf",
          stdin:
            check("weight -60") + instance({ vips: ["10.30.0.30/24"], priority: 150 - 50 * index }),
        }),
      ]),
    ],
    refused: ["router-id-collision"],
  },
  {
    what: "strict mode that blocks the address",
    resources: bring(
      (_, priority) => `global_defs {\n  vrrp_strict\n}\n${check()}${instance({ priority })}`,
    ),
    refused: ["keepalived-file"],
  },
  {
    what: "a virtual address that one of the hosts has for itself",
    resources: pair(() => ({ vips: ["10.30.0.12/24"] })),
    refused: ["vip-collision"],
  },
  {
    what: "an interface with a semicolon",
    resources: pair(() => ({ device: "eth0;" })),
    refused: ["keepalived-file"],
  },
  {
    what: "keepalived from an image, by its environment",
    resources: [
      ...machines,
      compose(
        "services:\n  vip:\n    image: osixia/keepalived:2.0.20\n    environment:\n      KEEPALIVED_VIRTUAL_IPS: 10.30.0.10\n",
      ),
    ],
    unjudged: ["container whose keepalived"],
  },
  {
    what: "keepalived from an image, by the Docker provider",
    resources: [
      ...machines,
      resource("docker:index/container:Container", "vip", {
        image: "shawly/keepalived:latest",
        envs: ["KEEPALIVED_PRIORITY=150"],
      }),
    ],
    unjudged: ["container whose keepalived"],
  },
  {
    what: "keepalived from an image, by a script",
    resources: [
      ...machines,
      remote("vip", hosts[0], {
        create: "docker run -d --cap-add NET_ADMIN --net host osixia/keepalived:2.0.20",
      }),
    ],
    unjudged: ["script that starts a daemon in a container"],
  },
  {
    what: "auth_hmac, which older releases do not know",
    resources: pair(() => ({
      lines: [`auth_hmac {\n    key 1 ${"s".repeat(40)}\n    active_key 1\n  }`],
    })),
    advised: ["keepalived-file-advice"],
  },
];
