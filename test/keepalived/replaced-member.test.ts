import { setTimeout as sleep } from "node:timers/promises";
import { expect, test, vi } from "vitest";
import { TraefikHaPair, type TraefikHaPairArgs } from "../../components/traefik-ha-pair";
import { addressOf } from "../../model/text";
import { CHECK_DIRECTORY, DRAIN_FILE } from "../../templates/keepalived/keepalived";
import { type Registration, record } from "../components/recorder";
import { pair } from "../components/vrrp-data";
import { type LanHost, lan } from "./lan";

// The commands that an `up` runs on the hosts when members change, in its order, with real daemons. Each may
// be the last one of a run that is killed: after each, the address is on one host.

type Member = TraefikHaPairArgs["members"][number];
type Change = Partial<Pick<TraefikHaPairArgs, "members" | "leaving">>;

const [first, second] = pair.members as [Member, Member];
const [third, fourth] = ["traefik-3", "traefik-4"].map((name, index) => ({
  ...second,
  ...{ name, address: `192.168.1.11${index + 2}`, node: `other-${index}`, priority: 90 + index },
})) as [Member, Member];
const former = ({ priority: _, ...host }: Member) => host;

/** What is asked of systemd, of which there is none; `/run/broken` makes it refuse. */
const SYSTEMCTL = `#!/bin/bash
running() { [ -e /run/keepalived.pid ] && kill -0 "$(cat /run/keepalived.pid)" 2>/dev/null; }
case "$*" in
  *daemon-reload* | *chrony* | *timesync*) ;;
  is-active*) running ;;
  "-q cat keepalived") ;;
  "-q cat "*) exit 1 ;;
  *"disable "*keepalived) ! running || kill "$(cat /run/keepalived.pid)"; while running; do sleep 0.05; done ;;
  *reload*keepalived) [ ! -e /run/broken ] || { echo "no answer"; exit 1; }; ! running || kill -HUP "$(cat /run/keepalived.pid)" ;;
  *) exit 1 ;;
esac
`;

/** Commands of an `up` that change who is a member, in its order; the rest of it is made beforehand. */
async function commandsOf(change: Change): Promise<Registration[]> {
  const args = { ...pair, interface: "eth0", advertIntervalSec: 0.5, ...change };
  const { resources } = await record(() => new TraefikHaPair("one", args));
  return resources.filter(({ name }) => /-(peers|leave|keepalived-conf)$/.test(name));
}

const isConf = ({ name }: Registration) => name.endsWith("-keepalived-conf");

/** Hosts for all of them, of which the first two are a pair that runs. */
async function raise() {
  const all = [first, second, third, fourth];
  const { hosts, close } = await lan(all.map(({ address }) => address));
  const vip = addressOf(pair.vip);
  const hostOf = ({ name }: Registration) => {
    const [, member = ""] = /^one-(.*)-(?:peers|leave|keepalived-conf)$/.exec(name) ?? [];
    const found = hosts[all.findIndex((one) => one.name === member)];
    if (!found) throw new Error(`there is no host ${member}`);
    return found;
  };
  const has = new Set<string>();
  for (const [index, { name }] of all.entries()) {
    hosts[index]?.serve("ip", ["-o", "monitor", "address"], (line) => {
      if (!line.includes(` ${vip}/`)) return;
      if (line.startsWith("Deleted ")) has.delete(name);
      else has.add(name);
    });
  }
  const owners = () => all.map(({ name }) => name).filter((name) => has.has(name));
  const confs = () =>
    hosts.map((host) => host.run("cat /etc/keepalived/keepalived.conf 2>/dev/null; true"));
  /** Runs one of them as sshd would; says what it said when it failed. */
  const run = (command: Registration): string => {
    const host = hostOf(command);
    host.bring(
      new Map([
        ["/run/step.sh", String(command.inputs.create)],
        ["/run/step.in", String(command.inputs.stdin ?? "")],
      ]),
    );
    const end = "|| echo failed";
    const env = "HOMELAB_HA_HISTORY=/run/history";
    return host.run(`{ ${env} bash -c "$(cat /run/step.sh)" </run/step.in ${end}; } 2>&1`);
  };
  const start = (command: Registration) =>
    hostOf(command).start(String(command.inputs.stdin), false);
  /** Waits until those alone have the address, and go on so for longer than an advert may be late. */
  const holds = async (...names: string[]) => {
    await vi.waitFor(() => expect(owners()).toEqual(names), { timeout: 60_000, interval: 100 });
    for (let looks = 0; looks < 40; looks += 1) {
      await sleep(50);
      expect(owners()).toEqual(names);
    }
  };
  for (const host of hosts) {
    host.run(`mount -t tmpfs tmpfs /var/log; mkdir -p ${CHECK_DIRECTORY}; echo 0 >${DRAIN_FILE}`);
    const programs = ["keepalived_notify.sh", "check_traefik.sh"].map(
      (name) => [`/usr/local/bin/${name}`, "#!/bin/sh\n"] as const,
    );
    host.bring(new Map([...programs, ["/usr/local/bin/systemctl", SYSTEMCTL]]), 0o755);
  }
  for (const conf of (await commandsOf({})).filter(isConf)) {
    expect(run(conf)).toBe("");
    start(conf);
  }
  await holds(first.name);
  const host = (member: Member) => hosts[all.indexOf(member)] as LanHost;
  const dies = async (member: Member) => {
    host(member).die();
    host(member).run("ip link set eth0 down; ip address flush dev eth0");
    await vi.waitFor(() => expect(owners()).not.toContain(member.name), 60_000);
  };
  return { run, start, holds, owners, confs, host, dies, close };
}

type Lan = Awaited<ReturnType<typeof raise>>;

/** Runs an `up` to its end; a new member starts once its configuration is there. */
async function up(
  on: Lan,
  change: Change,
  isNew: (name: string) => boolean,
  each: () => Promise<void>,
) {
  for (const command of await commandsOf(change)) {
    expect([command.name, on.run(command)]).toEqual([command.name, ""]);
    if (isConf(command) && isNew(command.name)) on.start(command);
    await each();
  }
}

const withThird = (name: string) => name.startsWith("one-traefik-3-");

test("a member that leaves hands the address on, and another host takes its place", async () => {
  const on = await raise();
  try {
    const change = { members: [{ ...third, priority: 200 }, second], leaving: [former(first)] };
    const seen: string[] = [];
    await up(on, change, withThird, async () => {
      await vi.waitFor(() => expect(on.owners()).toHaveLength(1), 60_000);
      await sleep(2000);
      await vi.waitFor(() => expect(on.owners()).toHaveLength(1), 1000);
      seen.push(...on.owners());
    });
    expect(seen).toEqual([...[first, first, second, second].map(({ name }) => name), third.name]);
    await on.holds(third.name);
  } finally {
    on.close();
  }
});

test("a dead member is replaced", async () => {
  const on = await raise();
  try {
    await on.dies(first);
    await on.holds(second.name);
    await up(on, { members: [{ ...third, priority: 200 }, second] }, withThird, async () => {
      await vi.waitFor(() => expect(on.owners()).toHaveLength(1), 60_000);
    });
    await on.holds(third.name);
  } finally {
    on.close();
  }
});

test("a member that is overwritten while it answers is refused before anything changes", async () => {
  const on = await raise();
  try {
    const before = on.confs();
    const said = (await commandsOf({ members: [{ ...third, priority: 200 }, second] }))
      .filter(({ name }) => name.endsWith("-peers"))
      .map(on.run);
    expect(said.join("")).toContain(`${first.address} is no member any more, and its host answers`);
    expect(on.confs()).toEqual(before);
    await on.holds(first.name);
  } finally {
    on.close();
  }
});

test.each([
  {
    what: "whose reload failed",
    before: async ({ host }: Lan) => void host(first).run("touch /run/broken"),
    after: ({ host }: Lan) => host(first).run("rm /run/broken"),
    refused: true,
  },
  {
    what: "whose keepalived is just being started again",
    before: async ({ host, owners }: Lan) => {
      host(first).die();
      host(first).run("ip address flush to 192.168.1.101; rm -f /run/*.pid");
      await vi.waitFor(() => expect(owners()).toEqual([]), 60_000);
    },
    after: ({ host, confs }: Lan) => host(first).start(confs()[0] ?? ""),
    refused: false,
  },
])("a member $what hears of a new one all the same", async ({ before, after, refused }) => {
  const on = await raise();
  try {
    // The second one is replaced: the first, which stays, has the address.
    await on.dies(second);
    const change = { members: [first, third] };
    const [told, ...rest] = await commandsOf(change);
    if (!told) throw new Error("nobody is told");
    await before(on);
    expect(on.run(told).endsWith("failed\n")).toBe(refused);
    after(on);
    await on.holds(first.name);
    // On in this run or with the next one, up to the first start of the new host.
    for (const command of refused ? [told, ...rest] : rest) {
      expect([command.name, on.run(command)]).toEqual([command.name, ""]);
      if (!withThird(command.name) || !isConf(command)) continue;
      on.start(command);
      break;
    }
    await sleep(3000);
    await on.holds(first.name);
  } finally {
    on.close();
  }
});

test("a pair of which no member stays is refused while the old one has the address", async () => {
  const on = await raise();
  try {
    const change = { members: [{ ...third, priority: 200 }, fourth] };
    const said = (await commandsOf(change))
      .filter(({ name }) => name.endsWith("-peers"))
      .map(on.run);
    expect(said.join("")).toMatch(
      /traefik-3: a host that is no member \([0-9a-f:]{17}\) has 192\.168\.1\.101, and/,
    );
    await on.holds(first.name);
  } finally {
    on.close();
  }
});
