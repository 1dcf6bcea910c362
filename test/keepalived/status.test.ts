import { expect, test, vi } from "vitest";
import { judgeAddress } from "../../model/status/address";
import { readMember } from "../../model/status/member-reading";
import { answers, takesConnections } from "../../templates/host/health-probe";
import { statusScript } from "../../templates/host/status";
import { standingScript } from "../../templates/keepalived/drain";
import { type LanHost, lan } from "./lan";
import { type PairSpec, pairFile } from "./pairs";

const spec: PairSpec = {
  version: 3,
  priorities: [150, 100],
  weight: 0,
  trouble: "none",
  unicast: true,
  auth: false,
};
const names = ["alpha", "beta"] as const;
const vip = "192.168.1.60";

const probe = { units: [], questions: [answers("http://127.0.0.1:9/"), takesConnections(vip, 9)] };
const script = statusScript(
  standingScript({ member: "alpha", vip, handoverSec: 3 }, "VI_1", probe),
  {
    interface: "eth0",
    vip,
    instance: "VI_1",
    units: [],
    starts: ["keepalived"],
  },
);

/** What is said of who has the address; what is behind it does not run here. */
function said(hosts: readonly LanHost[]): string[] {
  const takenAt = Math.round(Date.now() / 1000);
  const members = hosts.map((host, index) =>
    readMember(
      { name: names[index] ?? "", priority: spec.priorities[index] ?? 0 },
      host.run(script),
      Math.round(Date.now() / 1000),
    ),
  );
  return judgeAddress({ place: "pair", vip, preempt: true, members, takenAt })
    .map(({ text }) => text)
    .filter((text) => / is on | has | sees /.test(text));
}

test("real members tell who has the address, and what their wire shows", async () => {
  const { hosts, close } = await lan(["192.168.1.110", "192.168.1.103"]);
  const says = (text: unknown) =>
    vi.waitFor(() => expect(said(hosts)).toEqual([text]), { timeout: 60_000, interval: 500 });
  try {
    for (const [index, host] of hosts.entries()) host.start(pairFile(spec, index as 0 | 1));
    await says("192.168.1.60 is on alpha");
    hosts[0]?.fail(true);
    await says(expect.stringMatching(/^192\.168\.1\.60 is on beta/));
    // Somebody gives it to a member by hand.
    hosts[0]?.run("ip addr add 192.168.1.60/24 dev eth0");
    await says("192.168.1.60 is on alpha and beta at the same time");
  } finally {
    close();
  }
});
