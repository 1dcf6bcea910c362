import { expect, test } from "vitest";
import { keepalivedConf } from "../../templates/keepalived/keepalived";
import { keepalived, weighted } from "../support/template-data";

test("weight 0 is not written: the check is then a FAULT that moves the address at once", () => {
  expect(keepalivedConf(keepalived)).not.toMatch(/^ *weight (?!-253$)/m);
  expect(keepalivedConf(weighted)).toMatch(/^ {2}weight -120$/m);
});

test("every member starts as BACKUP and talks to its peers only", () => {
  const text = keepalivedConf({ ...keepalived, peers: ["192.168.1.103", "192.168.1.104"] });
  expect(text).toMatch(/^ {2}state BACKUP$/m);
  expect(text).toContain("unicast_peer {\n    192.168.1.103\n    192.168.1.104\n  }");
});

test("settings that would hurt are absent", () => {
  const text = keepalivedConf(keepalived);
  for (const never of [
    "vrrp_strict",
    "track_process",
    "vrrp_rt_priority",
    "auth_pass",
    "nopreempt",
    "state MASTER",
  ]) {
    expect(text).not.toContain(never);
  }
});

test("preempt false becomes nopreempt, and the delay goes with preempting", () => {
  expect(keepalivedConf({ ...keepalived, preempt: false, preemptDelaySec: 30 })).toMatch(
    /^ {2}nopreempt\n {2}unicast_src_ip/m,
  );
  expect(keepalivedConf({ ...keepalived, preemptDelaySec: 30 })).toContain("preempt_delay 30");
});

test("rejects nopreempt with a weight, because then the address never moves", () => {
  expect(() => keepalivedConf({ ...weighted, preempt: false })).toThrowErrorMatchingInlineSnapshot(
    `[Error: keepalived.conf of traefik: found preempt false with the check weight -120; use weight 0, because a member with nopreempt never takes over from a lower priority]`,
  );
});

test("rejects a fractional check on Debian 12 and takes it on 13", () => {
  const fast = { ...keepalived, check: { ...keepalived.check, intervalSec: 0.5, timeoutSec: 0.2 } };
  expect(() => keepalivedConf(fast)).toThrowErrorMatchingInlineSnapshot(
    `[Error: keepalived.conf of traefik: keepalived 2.2.7 of Debian 12 (traefik) refuses 0.5 s and runs the check every second instead; use whole seconds, the profile "fast" (which goes through a tracked file there), or Debian 13 on every member (keepalived 2.3.2 and later take fractions); keepalived 2.2.7 of Debian 12 (traefik) refuses 0.2 s and runs the check every second instead; use whole seconds, the profile "fast" (which goes through a tracked file there), or Debian 13 on every member (keepalived 2.3.2 and later take fractions)]`,
  );
  expect(keepalivedConf({ ...fast, debian: 13 })).toContain("interval 0.5\n  timeout 0.2");
});

test("rejects a member without peers", () => {
  expect(() => keepalivedConf({ ...keepalived, peers: [] })).toThrowErrorMatchingInlineSnapshot(
    `[Error: keepalived.conf of traefik: found no unicast peer; name the other members, or keepalived turns to multicast]`,
  );
});

const hostile = {
  interface: { ...keepalived, interface: "eth0\n  priority 255" },
  "instance name": { ...keepalived, instance: "traefik {" },
  address: { ...keepalived, address: "192.168.1.110 # x" },
  peer: { ...keepalived, peers: ["192.168.1.103\n192.168.1.200"] },
  vip: { ...keepalived, vip: "192.168.1.101/24 dev eth1" },
  vip6: { ...keepalived, vip6: "fd00:1::101/64 dev eth1" },
  "router id": { ...keepalived, routerId: "traefik\n}" },
  "check script": { ...keepalived, check: { ...keepalived.check, script: '/bin/true" -x' } },
  "check name": { ...keepalived, check: { ...keepalived.check, name: "check }" } },
  "notify script": { ...keepalived, notifyScript: '/bin/true"\nscript_user root' },
};

test.each(Object.entries(hostile))("rejects a hostile %s", (what, conf) => {
  expect(() => keepalivedConf(conf)).toThrow(`${what}: found `);
});
