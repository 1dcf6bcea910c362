import { join } from "node:path";
import {
  type Drain,
  drainCommands,
  drainScript,
  undrainScript,
} from "../../../templates/keepalived/drain";
import { HANDOVER_SCRIPT, handoverScript } from "../../../templates/keepalived/handover";
import {
  CHECK_DIRECTORY,
  DRAIN_FILE,
  keepalivedConf,
} from "../../../templates/keepalived/keepalived";
import { keepalived } from "../../support/template-data";
import { type LanHost, lan } from "../lan";

/** The virtual addresses of the members here: the one that connections go to, by what they have. */
const HOUSES = {
  ipv4: { prefix: "192.168.1.", vips: ["192.168.1.60/24"], target: "192.168.1.60" },
  ipv6: { prefix: "fd00:1::", vips: ["fd00:1::60/64"], target: "fd00:1::60" },
  /** The members talk IPv4 to each other, and the client IPv6 to them. */
  both: {
    prefix: "192.168.1.",
    vips: ["192.168.1.60/24", "fd00:1::60/64"],
    target: "fd00:1::60",
  },
} as const;

export type House = keyof typeof HOUSES;
const PORT = 8082;
const ORDERS = "/run/orders";
const NAMES = ["alpha", "beta", "gamma"] as const;

/** In place of systemd's timers: the same command after the same time. */
const SYSTEMD_RUN = `#!/bin/bash
wait=0
while [[ $1 == --* ]]; do
  case $1 in --on-active=*) wait=\${1#*=} ;; --unit=*) unit=\${1#*=} ;; esac
  shift
done
[[ -v unit && -e /run/$unit ]] && exit 1
setsid bash -c '[ -z "$1" ] || : >"/run/$1"; sleep "$2"; "\${@:3}"; [ -z "$1" ] || rm -f "/run/$1"' - "\${unit-}" "$wait" "$@" </dev/null >/dev/null 2>&1 9>&- &
`;

/** What became of the connections of one group, by member and by reason; `exchanges` is the least of them. */
export interface Group {
  by: Record<string, number>;
  lost: Record<string, number>;
  exchanges: number;
}

/** A member with the real keepalived, the rendered hand-over script and a service. */
export class Member {
  constructor(
    readonly name: string,
    readonly host: LanHost,
    private readonly drain: Drain,
    private readonly target: string,
  ) {}

  /** The member steps aside, as `homelab switch` makes it; returns what that said. */
  leave(): string {
    return this.host.run(drainScript(this.drain));
  }

  /** It steps back and waits for the address. */
  back(): string {
    return this.host.run(undrainScript(this.drain, true));
  }

  /** It steps aside, or back, as `homelab drill` makes it: no move is waited for. */
  drill(how: "begin" | "undo"): void {
    this.host.run(drainCommands(this.drain)[how]);
  }

  /** What is in force on the member: `holds`, `passes`. */
  inForce(): string[] {
    return this.host
      .run(
        `ip -o address show dev lo | grep -qE ' ${this.target}/(32|128) ' && echo holds; nft list tables | grep -q keepalived_handover && echo passes; true`,
      )
      .split("\n")
      .filter(Boolean);
  }
}

/** Members on one bridge, with a client. */
export interface Members {
  members: Member[];
  /** The client opens connections from local ports, or makes visits that the service closes. */
  order(verb: "open" | "visit", from: number, count: number, group?: string): void;
  /** What the client said last. */
  groups(): Readonly<Record<string, Group>>;
  close(): void;
}

/**
 * @param keepSec seconds for which connections are kept
 * @param spoil changes the hand-over script, to see what a test says then
 */
export async function handoverMembers(
  count: 2 | 3,
  keepSec: number,
  spoil = (script: string) => script,
  house: House = "ipv4",
): Promise<Members> {
  const { prefix, vips, target } = HOUSES[house];
  const addresses = ["110", "103", "104"].slice(0, count).map((last) => `${prefix}${last}`);
  const { hosts, close } = await lan([...addresses, `${prefix}2`]);
  if (house === "both") {
    for (const [index, host] of hosts.entries()) {
      host.run(`ip address add fd00:1::${index + 2}/64 dev eth0 nodad`);
    }
  }
  const client = hosts[count];
  if (!client) throw new Error("there is no client");
  const program = (file: string) => join(__dirname, file);
  const named = addresses.map((address, index) => ({ name: NAMES[index] ?? "", address }));
  const ready: Promise<void>[] = [];
  const confs: string[] = [];
  const members = named.map(({ name, address }, index) => {
    const host = hosts[index];
    if (!host) throw new Error(`there is no ${name}`);
    const peers = named.filter((other) => other.name !== name);
    const script = handoverScript({
      ...{
        vips: vips.map((vip) => vip.replace(/\/.*/, "")),
        interface: "eth0",
        peers,
        port: PORT,
        drainSec: keepSec,
      },
    });
    const yes = "#!/bin/sh\n";
    host.bring(
      new Map([
        [HANDOVER_SCRIPT, spoil(script)],
        ["/usr/local/bin/systemd-run", SYSTEMD_RUN],
        [keepalived.check.script, yes],
        [keepalived.notifyScript, yes],
      ]),
      0o755,
    );
    host.run(`mkdir -p ${CHECK_DIRECTORY}; echo 0 >${DRAIN_FILE}`);
    const daemon = (file: string, ...args: string[]) =>
      ready.push(
        new Promise((resolve) => {
          host.serve(process.execPath, [program(file), ...args], (line) => {
            if (line === "ready") resolve();
          });
        }),
      );
    daemon("echo.mjs", name);
    daemon("responder.mjs", address, `${PORT}`, HANDOVER_SCRIPT);
    const conf = keepalivedConf({
      ...keepalived,
      ...{
        debian: 13,
        routerId: name,
        priority: 200 - 10 * index,
        advertIntervalSec: 0.5,
        address,
      },
      peers: peers.map((peer) => peer.address),
      vip: vips[0],
      ...(vips[1] !== undefined && { vip6: vips[1] }),
    });
    confs.push(conf);
    const vip = vips[0].replace(/\/.*/, "");
    return new Member(name, host, { member: name, vip, handoverSec: 4, keepSec }, target);
  });
  await Promise.all(ready);
  for (const [index, { host }] of members.entries()) host.start(confs[index] ?? "");
  let groups: Record<string, Group> = {};
  let orders = "";
  client.serve(process.execPath, [program("client.mjs"), target, ORDERS], (line) => {
    if (line.startsWith("{")) groups = JSON.parse(line) as Record<string, Group>;
  });
  return {
    members,
    order: (verb, from, amount, group = "") => {
      orders += `${verb} ${from} ${amount} ${group}\n`;
      client.bring(new Map([[ORDERS, orders]]));
    },
    groups: () => groups,
    close,
  };
}
