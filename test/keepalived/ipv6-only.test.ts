import { expect, test, vi } from "vitest";
import { keepalivedConf } from "../../templates/keepalived/keepalived";
import { keepalived } from "../support/template-data";
import { lan } from "./lan";

const addresses = ["fd00:1::110", "fd00:1::103"] as const;
const VIP = "fd00:1::101/64";

/** The file as it is written for a pair without IPv4, with scripts that are there. */
function fileOf(index: 0 | 1): string {
  return keepalivedConf({
    ...keepalived,
    vip: VIP,
    address: addresses[index],
    peers: [addresses[1 - index] ?? ""],
    priority: 200 - index * 10,
    check: { ...keepalived.check, script: "/usr/local/bin/check", intervalSec: 1, timeoutSec: 1 },
    notifyScript: "/usr/local/bin/check",
  });
}

test("a pair whose only address is IPv6 has one holder, through failed checks and a death", async () => {
  const { hosts, close } = await lan(addresses);
  try {
    for (const [index, host] of hosts.entries()) host.start(fileOf(index === 0 ? 0 : 1));
    const owned = () =>
      hosts.map((host) => host.run("ip -o -6 address show dev eth0").includes(` ${VIP} `));
    await vi.waitFor(() => expect(owned()).toEqual([true, false]), 14_000);
    // What the holder begins comes from its own address, by which the others know it.
    expect(hosts[0]?.run(`ip -6 route get ${addresses[1]}`)).toContain(` src ${addresses[0]} `);
    hosts[0]?.fail(true);
    await vi.waitFor(() => expect(owned()).toEqual([false, true]), 14_000);
    hosts[0]?.fail(false);
    await vi.waitFor(() => expect(owned()).toEqual([true, false]), 14_000);
    // The dead host keeps the address on its interface, as a machine without power would not.
    hosts[0]?.die();
    hosts[0]?.run("ip link set eth0 down");
    await vi.waitFor(() => expect(owned()[1]).toBe(true), 14_000);
    expect(hosts[1]?.run("ip -o -6 address show dev eth0")).not.toContain("tentative");
    // Whatever it does not understand, the daemon says.
    const words = hosts.flatMap(({ log }) =>
      log.filter((line) => /\(Line \d+\)|ignor|invalid/i.test(line)),
    );
    expect(words).toEqual([]);
  } finally {
    close();
  }
});
