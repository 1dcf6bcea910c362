import { expect, test } from "vitest";
import {
  type FirewallRule,
  type IncomingRules,
  judgeAdverts,
} from "../../../model/doctor/firewall-rules";

const OWN = "192.168.1.110";
const PEERS = ["192.168.1.103", "192.168.1.104"];
const rule = (change: Partial<FirewallRule>): FirewallRule => ({
  ...{ type: "in", action: "ACCEPT", enabled: true },
  ...change,
});
const vrrp = (source?: string) => rule({ proto: "vrrp", source });
const judged = (change: Partial<IncomingRules>) =>
  judgeAdverts(
    "traefik",
    { path: "/nodes/pve1/lxc/110", nets: ["net0"], rules: [], policy: "DROP", ...change },
    OWN,
    PEERS,
  );

test.each<[string, Partial<IncomingRules>, "ok" | "problem" | "not checked"]>([
  ["nothing is let in", {}, "problem"],
  ["the policy is to refuse", { policy: "REJECT" }, "problem"],
  ["everything is let in", { policy: "ACCEPT" }, "ok"],
  [
    "the web alone is let in",
    { rules: [rule({ macro: "HTTPS" }), rule({ proto: "tcp" })] },
    "problem",
  ],
  ["the protocol is let in from everywhere", { rules: [vrrp()] }, "ok"],
  [
    "by its number, and from both",
    { rules: PEERS.map((source) => rule({ proto: "112", source })) },
    "ok",
  ],
  ["from one of two members", { rules: [vrrp(PEERS[0])] }, "problem"],
  [
    "from a list of a range and a network",
    { rules: [vrrp("10.0.0.0/8,192.168.1.100-192.168.1.109")] },
    "ok",
  ],
  ["by a rule that is off", { rules: [rule({ proto: "vrrp", enabled: false })] }, "problem"],
  ["by a rule for what goes out", { rules: [rule({ type: "out" })] }, "problem"],
  ["by a rule of another interface", { rules: [rule({ iface: "net1" })] }, "problem"],
  ["to another address", { rules: [rule({ dest: "192.168.1.1" })] }, "problem"],
  ["after a rule that drops all", { rules: [rule({ action: "DROP" }), vrrp()] }, "problem"],
  ["before a rule that drops all", { rules: [vrrp(), rule({ action: "DROP" })] }, "ok"],
  [
    "by a security group, perhaps",
    { rules: [rule({ type: "group", action: "homelab" })] },
    "not checked",
  ],
  ["from a set, perhaps", { rules: [vrrp("+dc/members")] }, "not checked"],
  [
    "from the members before a set is looked at",
    { rules: [vrrp(PEERS.join(",")), vrrp("+dc/x")] },
    "ok",
  ],
])("adverts and a firewall: %s", (_, change, verdict) => {
  expect(judged(change).map((one) => one.verdict)).toEqual([verdict]);
});

test("a firewall that is not in force is not judged, and a problem comes with its rules", () => {
  expect(judged({ nets: [] })).toEqual([]);
  expect(judged({ rules: [vrrp(PEERS[0])] })[0]?.fix).toEqual([
    "pvesh create /nodes/pve1/lxc/110/firewall/rules --type in --action ACCEPT --proto vrrp --source 192.168.1.104 --enable 1",
  ]);
});
