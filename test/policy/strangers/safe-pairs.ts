import { remote, type Strange } from "./guests";
import {
  bring,
  check,
  drain,
  hosts,
  instance,
  machines,
  pair,
  peers,
  six,
  two,
} from "./pair-parts";

/** Pairs for gateways and resolvers that work. */
export const safePairs: Strange[] = [
  { what: "a gateway pair", resources: pair(() => ({})) },
  { what: "a gateway pair with a check that is a FAULT", resources: pair(() => ({}), check()) },
  {
    what: "a here-document with escaped dollars, for keepalived's own definitions",
    resources: [
      ...machines,
      ...hosts.map((host, index) =>
        remote(`gw-${index + 1}-keepalived`, host, {
          create: `cat > /etc/keepalived/keepalived.conf <<EOF\n\\$PRIO=${150 - 50 * index}\n${(check() + instance()).replace("priority 150", "priority \\$PRIO")}EOF\n`,
        }),
      ),
    ],
  },
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
    resources: pair(() => ({ lines: ["state BACKUP", "preempt_delay 30"] }), check()),
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
];
