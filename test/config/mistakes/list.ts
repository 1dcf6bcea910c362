/** One thing that people get wrong: an edit of `Pulumi.homelab.yaml`. */
export interface Mistake {
  what: string;
  /** Text that is replaced, first occurrence; it must be there. */
  from: string | RegExp;
  to: string;
}

const mistake = (what: string, from: string | RegExp, to: string): Mistake => ({ what, from, to });

const postgresql = `    postgresql:
      vmid: 113
      type: ct
      purpose: database
      node: proxmox3
      storage: local-zfs`;
const key = "AAAAC3NzaC1lZDI1NTE5AAAAIOgLTcZAcSPSarIPIK8Vsy9as/H3n6Cv9hq8toPenT0X";
const members = `      members:
        - { guest: traefik, priority: 200 }
        - { guest: traefik-2, priority: 100 }`;

/** YAML itself. */
const yaml = [
  mistake("tab instead of spaces", "      vmid: 113", "\tvmid: 113"),
  mistake("one space too few", "      vmid: 113", "     vmid: 113"),
  mistake("one space too many", "      vmid: 113", "       vmid: 113"),
  mistake("no space after the colon", "      vmid: 113", "      vmid:113"),
  mistake("no-break space in the indentation", "      vmid: 113", "    \u00a0 vmid: 113"),
  mistake("no-break space after the colon", "      vmid: 113", "      vmid:\u00a0113"),
  mistake("equals sign instead of a colon", "      vmid: 113", "      vmid = 113"),
  mistake("typographic quotes", 'schedule: "02:00"', "schedule: “02:00”"),
  mistake("quote that nothing closes", 'schedule: "02:00"', 'schedule: "02:00'),
  mistake(
    "brace that nothing closes",
    "{ guest: traefik, priority: 200 }",
    "{ guest: traefik, priority: 200",
  ),
  mistake(
    "bracket that nothing closes",
    "nodes: [proxmox, proxmox2, proxmox3]",
    "nodes: [proxmox, proxmox2, proxmox3",
  ),
  mistake(
    "semicolon between entries",
    "{ guest: traefik, priority: 200 }",
    "{ guest: traefik; priority: 200 }",
  ),
  mistake(
    "comma missing in a map",
    "{ guest: traefik, priority: 200 }",
    "{ guest: traefik priority: 200 }",
  ),
  mistake("key given twice", "      vmid: 113\n", "      vmid: 113\n      vmid: 114\n"),
  mistake(
    "guest given twice",
    "  homelab:traefikPairs:",
    "    postgresql: { vmid: 999 }\n\n  homelab:traefikPairs:",
  ),
  mistake("section given twice", "  homelab:haGroups:", "  homelab:guests:"),
  mistake("text that begins with *", "purpose: database", "purpose: *everything"),
  mistake("text that begins with @", "purpose: database", "purpose: @database"),
  mistake("colon in a text", "purpose: message broker", "purpose: broker: MQTT"),
  mistake("second document", "  homelab:dns:", "---\n  homelab:dns:"),
  mistake("dash without a space", "        - { guest: traefik-2", "        -{ guest: traefik-2"),
  mistake("sections at the left margin", "  homelab:dns:", "homelab:dns:"),
  mistake("confg: instead of config:", "config:\n", "confg:\n"),
  mistake(
    "merge conflict left in the file",
    "      vmid: 113\n",
    "<<<<<<< HEAD\n      vmid: 113\n",
  ),
];

/** Sections and keys. */
const keys = [
  mistake("misspelt namespace", "  homelab:haGroups:", "  homlab:haGroups:"),
  mistake("section without its namespace", "  homelab:haGroups:", "  haGroups:"),
  mistake("misspelt section", "  homelab:haGroups:", "  homelab:haGroup:"),
  mistake("section in small letters", "  homelab:traefikPairs:", "  homelab:traefikpairs:"),
  mistake("section of another tool", "  homelab:dns:", "  homelab:machines: {}\n  homelab:dns:"),
  mistake("missing guests", / {2}homelab:guests:[\s\S]*/, ""),
  mistake("missing section", / {2}homelab:cluster:[\s\S]*?(?=\n {2}homelab:guests:)/, ""),
  mistake(
    "unknown section with nothing below it",
    "  homelab:dns:",
    "  homelab:ipam:\n\n  homelab:dns:",
  ),
  mistake(
    "section with nothing below it",
    /(?<= {2}homelab:tunnels:)[\s\S]*?(?=\n {2}homelab:dns:)/,
    "",
  ),
  mistake(
    "text instead of a section",
    /(?<= {2}homelab:tunnels:)[\s\S]*?(?=\n {2}homelab:dns:)/,
    " main",
  ),
  mistake("misspelt key", "    controlNode: proxmox2", "    controlNod: proxmox2"),
  mistake("key with another spelling", "    pveVersion: 9", "    pve_version: 9"),
  mistake("missing key", "      vmid: 113\n", ""),
  mistake(
    "missing node of a guest",
    "      purpose: database\n      node: proxmox3\n",
    "      purpose: database\n",
  ),
  mistake("key at the wrong level", "      vmid: 113\n", "      vmid: 113\n      priority: 100\n"),
  mistake("key without a value", "      vmid: 113", "      vmid:"),
  mistake(
    "secret in plain text",
    "  homelab:dns:\n",
    "  homelab:secrets:\n    sshPrivateKey: hunter2\n  homelab:dns:\n",
  ),
  mistake(
    "password of VRRP",
    "      virtualRouterId: 51\n",
    "      virtualRouterId: 51\n      authPass: secret\n",
  ),
  mistake(
    "name that every object has",
    postgresql,
    postgresql.replace("postgresql:", "constructor:"),
  ),
];

/** Wrong kinds of values. */
const kinds = [
  mistake("quoted VMID", "vmid: 113", 'vmid: "113"'),
  mistake("yes for a boolean", "strict: true", "strict: yes"),
  mistake("on for a boolean", "strict: true", 'strict: "on"'),
  mistake("text for a boolean", "strict: true", "strict: maybe"),
  mistake("half a check", "fall: 2", "fall: 3.5"),
  mistake("negative count", "fall: 2", "fall: -2"),
  mistake(
    "negative memory",
    "      purpose: database\n",
    "      purpose: database\n      memoryMb: -512\n",
  ),
  mistake("no memory", "      purpose: database\n", "      purpose: database\n      memoryMb: 0\n"),
  mistake(
    "memory with a unit",
    "      purpose: database\n",
    "      purpose: database\n      memoryMb: 2 GB\n",
  ),
  mistake(
    "number in words",
    "replicas: 3\n      minAvailable",
    "replicas: three\n      minAvailable",
  ),
  mistake("seconds with a unit", "intervalSec: 2", "intervalSec: 2s"),
  mistake(
    "list of storages instead of a map",
    /(?<= {4}storages:\n)[\s\S]*?\n {6}local-zfs:\n {8}kind/,
    "      - name: local-zfs\n        kind",
  ),
  mistake(
    "node without anything below it",
    "      proxmox:\n        address: 192.168.1.137\n        hostKey: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOgLTcZAcSPSarIPIK8Vsy9as/H3n6Cv9hq8toPenT0X\n",
    "      proxmox:\n",
  ),
  mistake(
    "map of members instead of a list",
    members,
    "      members:\n        traefik: 200\n        traefik-2: 100",
  ),
  mistake("one guest instead of a list", "guests: [influxdb, postgresql]", "guests: influxdb"),
  mistake(
    "list with commas in one text",
    "guests: [influxdb, postgresql]",
    'guests: "influxdb, postgresql"',
  ),
  mistake(
    "list instead of priorities",
    "nodes: { proxmox2: 1, proxmox3: 1 }\n      strict",
    "nodes: [proxmox2, proxmox3]\n      strict",
  ),
  mistake("set of one guest", "        - [traefik, traefik-2]", "        - [traefik]"),
  mistake("empty list", "guests: [influxdb, postgresql]", "guests: []"),
  mistake("unknown kind of storage", "kind: zfs", "kind: nfs"),
  mistake("storage without a kind", "        kind: zfs\n", ""),
  mistake(
    "LXC instead of ct",
    "    postgresql:\n      vmid: 113\n      type: ct",
    "    postgresql:\n      vmid: 113\n      type: lxc",
  ),
  mistake("version as a text", "pveVersion: 9", 'pveVersion: "9"'),
  mistake("version of the package", "pveVersion: 9", "pveVersion: 9.0.3"),
  mistake("version that is too old", "pveVersion: 9", "pveVersion: 7"),
  mistake("Traefik without its patch version", "version: 3.5.0", "version: 3.5"),
  mistake("date without quotes", "purpose: database", "purpose: 2024-05-01"),
  mistake("number as a purpose", "purpose: database", "purpose: 5432"),
  mistake("hour without quotes", 'schedule: "02:00"', "schedule: 2"),
  mistake("cron line", 'schedule: "02:00"', 'schedule: "0 2 * * *"'),
  mistake("VMID with a zero in front", "vmid: 113", "vmid: 0113"),
  mistake("VMID that is too small", "vmid: 113", "vmid: 13"),
  mistake("infinite wait", "delaySec: 2", "delaySec: .inf"),
];

/** Addresses and networks. */
const addresses = [
  mistake("number above 255", "address: 192.168.1.253", "address: 192.168.1.453"),
  mistake("three numbers", "address: 192.168.1.253", "address: 192.168.1"),
  mistake("address with a prefix length", "address: 192.168.1.253", "address: 192.168.1.253/24"),
  mistake("address with a port", "address: 192.168.1.253", "address: 192.168.1.253:53"),
  mistake("address with commas", "address: 192.168.1.253", 'address: "192,168,1,253"'),
  mistake("address with a zero in front", "address: 192.168.1.253", "address: 192.168.001.253"),
  mistake("name instead of an address", "address: 192.168.1.253", "address: adguard.lan"),
  mistake("IPv6 in brackets", "address: 192.168.1.253", 'address: "[fd00:1::253]"'),
  mistake("IPv6 with a zone", "address: 192.168.1.253", "address: fe80::253%eth0"),
  mistake("IPv6 of one link", "address: 192.168.1.253", "address: fe80::253"),
  mistake("IPv4 in the form of IPv6", "address: 192.168.1.253", 'address: "::ffff:192.168.1.253"'),
  mistake(
    "IPv6 twice",
    "address: 192.168.1.253",
    "address: fd00:1::253\n      address6: fd00:1::254",
  ),
  mistake(
    "IPv4 where IPv6 is to stand",
    "address: 192.168.1.253",
    "address: 192.168.1.253\n      address6: 192.168.1.254",
  ),
  mistake("IPv6 without a prefix length", "vip: 192.168.1.101/24", "vip: fd00:1::101"),
  mistake("IPv6 network with host bits", "cidr: 192.168.1.0/24", "cidr: fd00:1::1/64"),
  mistake("virtual address without a prefix length", "vip: 192.168.1.101/24", "vip: 192.168.1.101"),
  mistake(
    "virtual address with a net mask",
    "vip: 192.168.1.101/24",
    "vip: 192.168.1.101/255.255.255.0",
  ),
  mistake(
    "virtual address outside every segment",
    "vip: 192.168.1.101/24",
    "vip: 192.168.7.101/24",
  ),
  mistake("virtual address that a guest has", "vip: 192.168.1.101/24", "vip: 192.168.1.253/24"),
  mistake("virtual address in the pool of MetalLB", "vip: 192.168.1.101/24", "vip: 10.0.20.205/22"),
  mistake("network whose host part is not zero", "cidr: 192.168.1.0/24", "cidr: 192.168.1.1/24"),
  mistake("network that is written short", "cidr: 10.0.20.0/22", "cidr: 10.1.0.0/8"),
  mistake("network without a prefix length", "cidr: 192.168.1.0/24", "cidr: 192.168.1.0"),
  mistake("two segments that overlap", "cidr: 192.168.56.0/24", "cidr: 192.168.1.0/25"),
  mistake(
    "range the wrong way round",
    "range: 10.0.20.200-10.0.20.220",
    "range: 10.0.20.220-10.0.20.200",
  ),
  mistake(
    "range with two dots",
    "range: 10.0.20.200-10.0.20.220",
    "range: 10.0.20.200..10.0.20.220",
  ),
  mistake("range with a short end", "range: 10.0.20.200-10.0.20.220", "range: 10.0.20.200-220"),
  mistake(
    "range outside its segment",
    "range: 10.0.20.200-10.0.20.220",
    "range: 10.0.99.200-10.0.99.220",
  ),
  mistake("address that two guests have", "address: 192.168.1.253", "address: 192.168.1.224"),
  mistake("node outside every network", "address: 192.168.1.137", "address: 172.16.0.9"),
  mistake(
    "URL instead of a host name",
    "hostname: viktorbarzin.me",
    "hostname: https://viktorbarzin.me/",
  ),
  mistake("server without a scheme", '["http://192.168.1.253"]', '["192.168.1.253"]'),
  mistake(
    "gateway outside the network",
    "    postgresql:\n      vmid: 113\n",
    "    postgresql:\n      vmid: 113\n      address: 192.168.1.60\n      create: { template: local:vztmpl/debian.tar.zst, diskGb: 8, memoryMb: 512, cores: 1, gateway: 192.168.9.1 }\n",
  ),
];

/** Names of what is not there, and what contradicts something else. */
const references = [
  mistake(
    "misspelt node",
    "node: proxmox3\n      storage: local-zfs\n      startup: { order: 4 }",
    "node: promxox3\n      storage: local-zfs\n      startup: { order: 4 }",
  ),
  mistake(
    "misspelt storage",
    "      purpose: database\n      node: proxmox3\n      storage: local-zfs",
    "      purpose: database\n      node: proxmox3\n      storage: local-lvm",
  ),
  mistake(
    "misspelt guest of a group",
    "guests: [influxdb, postgresql]",
    "guests: [influxdb, postgres]",
  ),
  mistake(
    "misspelt member",
    "{ guest: traefik-2, priority: 100 }",
    "{ guest: traefik2, priority: 100 }",
  ),
  mistake(
    "guest in two groups",
    "guests: [influxdb, postgresql]",
    "guests: [influxdb, postgresql, netbox]",
  ),
  mistake("VMID that another guest has", "vmid: 113", "vmid: 110"),
  mistake(
    "storage of another node",
    "nodes: [proxmox, proxmox2, proxmox3]",
    "nodes: [proxmox, proxmox2, promxox3]",
  ),
  mistake("control node that is none", "controlNode: proxmox2", "controlNode: traefik"),
  mistake("pool that is none", "pool: services.metallb", "pool: metallb"),
  mistake("origin that is none", "origin: { ingress: traefik-lb }", "origin: { ingress: traefik }"),
  mistake("only one member", "        - { guest: traefik-2, priority: 100 }\n", ""),
  mistake("priority 255", "{ guest: traefik, priority: 200 }", "{ guest: traefik, priority: 255 }"),
  mistake("weight that moves nothing", "weight: -120", "weight: -20"),
  mistake("weight with a plus", "weight: -120", "weight: +300"),
  mistake("router id 0", "virtualRouterId: 51", "virtualRouterId: 0"),
  mistake(
    "both members on one node",
    "      node: proxmox3\n      address: 192.168.1.103",
    "      node: proxmox2\n      address: 192.168.1.103",
  ),
  mistake(
    "bridge of the node as the interface of a container",
    "interface: eth0",
    "interface: vmbr0",
  ),
  mistake("interface with a space", "interface: eth0", "interface: eth 0"),
  mistake(
    "even number of masters",
    "        - { host: master3, address: 192.168.56.12, node: proxmox3 }\n",
    "",
  ),
  mistake("more pods must run than there are", "minAvailable: 2", "minAvailable: 3"),
  mistake(
    "member without a host key",
    "      hostKey: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBiuhkIRKCv79QifvD/XoGI0XQx7393mzOwFzFpV3I2V\n",
    "",
  ),
  mistake("host key that is cut off", key, key.slice(0, 60)),
  mistake("host key of another kind", `ssh-ed25519 ${key}`, `ssh-rsa ${key}`),
  mistake("host key with the host's name", `ssh-ed25519 ${key}`, `proxmox ssh-ed25519 ${key}`),
  mistake(
    "fingerprint instead of a host key",
    `ssh-ed25519 ${key}`,
    "SHA256:uNiVztksCsDhcc0u9e8BgrJXVGD5RZLwAgBk8nPB1KA",
  ),
  mistake(
    "private key instead of a host key",
    `ssh-ed25519 ${key}`,
    "-----BEGIN OPENSSH PRIVATE KEY-----",
  ),
  mistake(
    "name with a space",
    "      kubernetes-api:\n        cidr",
    "      kubernetes api:\n        cidr",
  ),
  mistake("guest apart from itself", "- [traefik, traefik-2]", "- [traefik, traefik]"),
  mistake("phase that does not exist", "phase: service", "phase: middle"),
];

/** Everything of the list, in the order in which it is shown. */
export const mistakes: readonly Mistake[] = [
  ...yaml,
  ...keys,
  ...kinds,
  ...addresses,
  ...references,
];
