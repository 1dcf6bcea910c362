import { expect, test, vi } from "vitest";
import { KeepalivedLb } from "../../components/keepalived-lb";
import { ServicePair } from "../../components/service-pair";
import { TraefikHaPair } from "../../components/traefik-ha-pair";
import { addressOf } from "../../model/text";
import { CHECK_DIRECTORY, DRAIN_FILE } from "../../templates/keepalived/keepalived";
import { pick, record } from "../components/recorder";
import { balancer, pair, resolvers } from "../components/vrrp-data";
import { type LanHost, lan } from "./lan";

// A reload of the network takes the virtual address off its holder, and keepalived does not hear of it:
// the kernel drops such news where too much happens at once.

const components = {
  TraefikHaPair: { args: pair, build: () => new TraefikHaPair("one", { ...pair, ...usual }) },
  KeepalivedLb: { args: balancer, build: () => new KeepalivedLb("one", { ...balancer, ...usual }) },
  ServicePair: { args: resolvers, build: () => new ServicePair("one", { ...resolvers, ...usual }) },
};
const usual = { interface: "eth0", advertIntervalSec: 0.5 };

/** In place of systemd: what is asked of it, and keepalived ends; whoever started it starts it again. */
const SYSTEMCTL = `#!/bin/sh
echo "$*" >>/run/asked
kill "$(cat /run/keepalived.pid)"
`;

/** Both members as the component sets them up, with checks that pass. */
async function members(name: keyof typeof components, change = (script: string) => script) {
  const { args, build } = components[name];
  const { resources } = await record(build);
  const [first, second] = args.members;
  if (!first || !second) throw new Error("there are no two members");
  const { hosts, close } = await lan([first.address, second.address]);
  for (const [index, member] of [first, second].entries()) {
    const text = (role: string) =>
      String(pick(resources, "Command", `one-${member.name}-${role}`).inputs.stdin);
    const conf = text("keepalived-conf");
    const path = (setting: RegExp) => setting.exec(conf)?.[1] ?? "";
    const host = hosts[index];
    host?.run(`mount -t tmpfs tmpfs /var/log; mkdir -p ${CHECK_DIRECTORY}; echo 0 >${DRAIN_FILE}`);
    host?.bring(
      new Map([
        [path(/vrrp_notify_fifo_script "(\S+)"/), change(text("notify"))],
        [path(/^ {2}script "?(\/usr\/local[^"\s]+)/m), "#!/bin/sh\n"],
        ["/usr/local/bin/systemctl", SYSTEMCTL],
      ]),
      0o755,
    );
    host?.start(conf, true);
  }
  const vip = addressOf(args.vip);
  const owners = () =>
    hosts.map((host) => host.run("ip -o address show dev eth0").includes(` ${vip}/`));
  const own = `${first.address}/24`;
  return { hosts, vip, own, owners, close };
}

/** The address goes, while more happens than fits into what keepalived has yet to read. */
const lose = (host: LanHost | undefined, vip: string) =>
  host?.run(`
    ip link add busy0 type veth peer name busy1
    for i in {1..60} {1..60} {1..60}; do
      echo "address add 10.9.8.$i/32 dev busy0"; echo "address del 10.9.8.$i/32 dev busy0"
    done >/run/flood
    daemon=$(cat /run/vrrp.pid)
    kill -STOP "$daemon"
    for i in 1 2 3 4 5 6; do ip -batch /run/flood; done
    ip address del "$(ip -o address show dev eth0 | grep -oE '${vip}/[0-9]+')" dev eth0
    kill -CONT "$daemon"`);

test.each(Object.keys(components) as (keyof typeof components)[])(
  "an address that a holder lost unheard is back at once, on one member: %s",
  async (name) => {
    const { hosts, vip, owners, close } = await members(name);
    try {
      await vi.waitFor(() => expect(owners()).toEqual([true, false]), 20_000);
      // The watch has seen it there.
      await vi.waitFor(() => expect(hosts[0]?.run("cat /var/log/*.log")).toContain("MASTER"), 5000);
      lose(hosts[0], vip);
      expect(owners()).toEqual([false, false]);
      await vi.waitFor(() => expect(owners().filter(Boolean)).toHaveLength(1), 20_000);
      expect(hosts[0]?.run("cat /run/asked")).toBe("--no-block restart keepalived\n");
      expect(hosts[0]?.run("cat /var/log/*.log")).toContain(`${vip} is gone from eth0`);
      await vi.waitFor(() => expect(owners()).toEqual([true, false]), 20_000);
    } finally {
      close();
    }
  },
);

test("without the watch nobody has it, and its holder goes on as master", async () => {
  const deaf = (script: string) => script.replace("systemctl --no-block restart keepalived", ":");
  const { hosts, vip, owners, close } = await members("TraefikHaPair", deaf);
  try {
    await vi.waitFor(() => expect(owners()).toEqual([true, false]), 20_000);
    await vi.waitFor(() => expect(hosts[0]?.run("cat /var/log/*.log")).toContain("MASTER"), 5000);
    lose(hosts[0], vip);
    await vi.waitFor(() => expect(hosts[0]?.run("cat /var/log/*.log")).toContain("gone"), 20_000);
    expect(owners()).toEqual([false, false]);
    expect(hosts.map(({ state }) => state)).toEqual(["MASTER", "BACKUP"]);
  } finally {
    close();
  }
});

test("what keepalived hears of needs no restart: the address is back on one member", async () => {
  const { hosts, vip, own, owners, close } = await members("TraefikHaPair");
  try {
    for (const reload of [
      `ip address del ${vip}/24 dev eth0`,
      `ip address flush dev eth0; sleep 0.2; ip address add ${own} dev eth0`,
      "ip link set eth0 down; sleep 0.2; ip link set eth0 up",
    ]) {
      await vi.waitFor(() => expect(owners()).toEqual([true, false]), 20_000);
      hosts[0]?.run(reload);
    }
    await vi.waitFor(() => expect(owners()).toEqual([true, false]), 20_000);
    expect(hosts[0]?.run("cat /run/asked 2>/dev/null || true")).toBe("");
  } finally {
    close();
  }
});
