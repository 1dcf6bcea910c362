import { errorText } from "../../model/text";
import type { Random } from "../endurance/random";
import { mastersOf } from "../instruments/masters";
import type { LabHost } from "../machine/host";
import { sleep } from "../machine/shell";
import { runClocks, stepClocks } from "./clock";
import { diskLoad, memoryLoad, startLoad, workers } from "./load";
import { onHost, type SoakPair } from "./pairs";

/** What a condition is made with. */
export interface Surroundings {
  pairs: readonly SoakPair[];
  random: Random;
  /** Seconds that it will last at most. */
  maxSec: number;
}

/** What the pairs have to bear while they are watched. */
export interface Condition {
  /** Name on the command line and of files. */
  name: string;
  title: string;
  /** Brings the hosts into a state in which it can begin. @default they are as deployed */
  prepare?(on: Surroundings): Promise<void>;
  /** Begins it, and hands back what ends it. */
  begin(on: Surroundings): Promise<() => Promise<void>>;
  /** Takes back what `prepare` did. */
  repair?(on: Surroundings): Promise<void>;
  /** Whether the network of the holder is really gone for a moment, so that a move has a cause. */
  cutsHolder?: true;
  /** Share of the packets that get lost, 0 to 1. @default the condition is not about it */
  lost?: number;
}

/** Seconds between two reloads of the network of a holder. */
const RELOAD_SEC = 20;
/** Seconds between two steps of the clock. */
const STEP_SEC = 15;

const loaded = (args: () => readonly (readonly string[])[]) => (on: Surroundings) =>
  startLoad(args(), on.maxSec);

/** Does something again and again until it is told to end; the first error is thrown then. */
function again(everySec: number, act: () => Promise<void>): () => Promise<void> {
  let ending = false;
  let wrong: unknown;
  const rounds = async () => {
    while (!ending) {
      await act().catch((error: unknown) => {
        wrong ??= error;
      });
      for (let waited = 0; waited < everySec && !ending; waited += 0.25) await sleep(0.25);
    }
  };
  const done = rounds();
  return async () => {
    ending = true;
    await done;
    if (wrong !== undefined) throw new Error(errorText(wrong));
  };
}

/** Runs a script on the host of each pair that has the address now. */
async function onHolders(pairs: readonly SoakPair[], script: () => string): Promise<void> {
  const one = async ({ world, vip }: SoakPair) => {
    const names = await mastersOf(vip, world.hosts);
    const holder = world.hosts.find(({ name }) => names.includes(name));
    if (holder) await onHost(holder, script());
  };
  await Promise.all(pairs.map(one));
}

const NETWORKD: readonly [string, ...string[]] = [
  "networkctl reload",
  "systemctl restart systemd-networkd",
  "networkctl reconfigure host0",
  "touch /etc/systemd/network/10-host0.network && networkctl reload",
];

const everyHost = (on: Surroundings, script: (host: LabHost) => string) =>
  Promise.all(
    on.pairs.flatMap(({ world }) => world.hosts.map((host) => onHost(host, script(host)))),
  );

/** ifupdown as a Debian container has it, instead of networkd, which leaves the addresses when it stops. */
const toIfupdown = ({ address }: LabHost) => `mkdir -p /etc/network
printf 'auto host0\\niface host0 inet static\\n  address ${address}/24\\n' >/etc/network/interfaces
systemctl stop systemd-networkd.socket systemd-networkd`;

const toNetworkd = () => `rm -f /etc/network/interfaces; ip link set host0 up
systemctl start systemd-networkd && networkctl reconfigure host0`;

const loss = (percent: number): Condition => ({
  name: `loss-${percent}`,
  title: `${percent} % of packets lost`,
  lost: percent / 100,
  // What arrives at the interface, ARP included; not every kernel has netem.
  begin: async (on) => {
    await everyHost(
      on,
      () => `nft -f - <<'END'
table netdev lab_loss {
  chain arriving {
    type filter hook ingress device "host0" priority 0; policy accept;
    numgen random mod 1000 < ${percent * 10} drop
  }
}
END`,
    );
    return async () => {
      await everyHost(on, () => "nft delete table netdev lab_loss");
    };
  },
});

/** Everything that the pairs can be watched under, the mildest first. */
export const CONDITIONS: readonly Condition[] = [
  { name: "idle", title: "idle", begin: async () => async () => {} },
  { name: "busy-4", title: "4 processor hogs", begin: loaded(() => workers(4, "--cpu", "1")) },
  { name: "busy-16", title: "16 processor hogs", begin: loaded(() => workers(16, "--cpu", "1")) },
  { name: "memory", title: "memory pressure", begin: loaded(memoryLoad) },
  { name: "disk", title: "disk stalls", begin: loaded(diskLoad) },
  {
    name: "fork-storm",
    title: "fork and switch storm",
    begin: loaded(() => [...workers(8, "--fork", "1"), ...workers(8, "--switch", "1")]),
  },
  {
    name: "clock",
    title: "clock steps",
    prepare: (on) => runClocks(on.pairs, true),
    begin: async (on) => again(STEP_SEC, () => stepClocks(on.pairs, on.random)),
    repair: (on) => runClocks(on.pairs, false),
  },
  loss(1),
  loss(5),
  loss(10),
  {
    name: "networkd",
    title: "systemd-networkd reloaded or restarted on the holder",
    begin: async (on) =>
      again(RELOAD_SEC, () => onHolders(on.pairs, () => on.random.pick(NETWORKD))),
  },
  {
    name: "ifupdown",
    title: "ifdown and ifup on the holder",
    cutsHolder: true,
    prepare: async (on) => {
      await everyHost(on, toIfupdown);
    },
    begin: async (on) =>
      again(RELOAD_SEC, () =>
        onHolders(on.pairs, () => "ifdown --force host0; ifup --force host0"),
      ),
    repair: async (on) => {
      await everyHost(on, toNetworkd);
    },
  },
];
