import { expect, test, vi } from "vitest";
import { keepalivedConf } from "../../templates/keepalived/keepalived";
import { dualStack } from "../support/template-data";
import { lan } from "./lan";

const addresses = ["192.168.1.110", "192.168.1.103"] as const;

/** The file as it is written, with scripts that are there. */
function fileOf(index: 0 | 1): string {
  return keepalivedConf({
    ...dualStack,
    address: addresses[index],
    peers: [addresses[1 - index] ?? ""],
    priority: 200 - index * 10,
    check: { ...dualStack.check, script: "/usr/local/bin/check", intervalSec: 1, timeoutSec: 1 },
    notifyScript: "/usr/local/bin/check",
  });
}

test("an IPv6 address moves with its IPv4 address, usable at once", async () => {
  const { hosts, close } = await lan(addresses);
  try {
    for (const [index, host] of hosts.entries()) host.start(fileOf(index === 0 ? 0 : 1));
    const owned = () =>
      hosts.map((host) => {
        const shown = host.run("ip -o address show dev eth0");
        return ["192.168.1.101/24", "fd00:1::101/64"].map((address) =>
          shown.includes(` ${address} `),
        );
      });
    const both = [true, true];
    const none = [false, false];
    await vi.waitFor(() => expect(owned()).toEqual([both, none]), 14_000);
    hosts[0]?.fail(true);
    await vi.waitFor(() => expect(owned()).toEqual([none, both]), 14_000);
    // While duplicates are looked for, an address answers nobody.
    expect(hosts[1]?.run("ip -o -6 address show dev eth0")).not.toContain("tentative");
    const reached = hosts[0]?.run(
      "ip -6 address add fd00:1::110/64 dev eth0 nodad; timeout 5 bash -c '</dev/tcp/fd00:1::101/9' 2>&1 || true",
    );
    expect(reached).toContain("Connection refused");
    hosts[0]?.fail(false);
    await vi.waitFor(() => expect(owned()).toEqual([both, none]), 14_000);
  } finally {
    close();
  }
});
