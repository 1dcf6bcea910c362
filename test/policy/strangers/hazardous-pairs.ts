import { resource } from "../resources";
import { guest, remote, type Strange } from "./guests";
import {
  bring,
  check,
  compose,
  drain,
  hosts,
  instance,
  machines,
  pair,
  peers,
  processes,
  two,
  vm,
} from "./pair-parts";

const filled = ["not judged: keepalived.conf that something fills in first (2)"];
const shellFilled: Strange[] = [
  ["a shell's variable", "PRIO=9; cat > /etc/keepalived/keepalived.conf <<EOF\n", "$PRIO"],
  ["a variable in braces", "cat > /etc/keepalived/keepalived.conf <<EOF\n", `\${PRIO}`],
  ["a command's answer", "cat > /etc/keepalived/keepalived.conf <<EOF\n", "$(cat /etc/prio)"],
  ["envsubst", "cat <<'EOF' | envsubst > /etc/keepalived/keepalived.conf\n", `\${PRIO}`],
  ["sed", "cat <<'EOF' | sed s/@P@/9/ > /etc/keepalived/keepalived.conf\n", "@P@"],
].map(([what, command, priority]) => ({
  what: `a priority from ${what}`,
  resources: [
    ...machines,
    ...hosts.map((host, index) =>
      remote(`gw-${index + 1}-keepalived`, host, {
        create: `${command}${(check() + instance()).replace("priority 150", `priority ${priority}`)}EOF\n`,
      }),
    ),
  ],
  unjudged: filled,
}));

/** Pairs for gateways and resolvers, each with one hazard that real daemons show. */
export const hazardousPairs: Strange[] = [
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
    advised: ["vrrp-weight-advice"],
  },
  {
    what: "two owners of one address",
    resources: pair(() => ({ priority: 255 }), check()),
    refused: ["vrrp-weight"],
  },
  {
    what: "an instance with two names",
    resources: pair(() => ({ name: "GW LAN" })),
    refused: ["keepalived-file"],
  },
  {
    what: "a notify script that is missing",
    resources: pair(() => ({ lines: ["notify_master"] })),
    refused: ["keepalived-file"],
  },
  {
    what: "a tracked file whose weight does not bridge",
    resources: bring(
      (_, priority) =>
        check() + drain(-2) + instance({ priority, lines: ["track_file {\n    maint\n  }"] }),
    ),
    advised: ["vrrp-weight-advice"],
  },
  ...shellFilled,
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
