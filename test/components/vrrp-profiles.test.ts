import { expect, test } from "vitest";
import { KeepalivedLb, type KeepalivedLbArgs } from "../../components/keepalived-lb";
import { TraefikHaPair, type TraefikHaPairArgs } from "../../components/traefik-ha-pair";
import { judgeVrrp, type VrrpMember } from "../../model/vrrp/vrrp";
import { membersIn } from "../support/keepalived";
import { pick, record, refusal } from "./recorder";
import { balancer, pair } from "./vrrp-data";

const [first, second] = pair.members as [
  TraefikHaPairArgs["members"][number],
  TraefikHaPairArgs["members"][number],
];
const build = (change: Partial<TraefikHaPairArgs>) =>
  record(() => new TraefikHaPair("traefik", { ...pair, ...change }));
const fast = { profile: "fast", check: {} } as const;

test("fast goes through a watched file on Debian 12 and through keepalived's script on 13", async () => {
  const members = [first, { ...second, debian: 13 as const }];
  const { resources } = await build({ ...fast, members });
  const watchers = resources.filter(({ name }) => name.includes("check-watcher"));
  expect(watchers.map(({ name }) => name)).toEqual([
    "traefik-traefik-check-watcher",
    "traefik-traefik-check-watcher-unit",
  ]);
  const conf = (member: string) =>
    String(pick(resources, "Command", `traefik-${member}-keepalived-conf`).inputs.stdin);
  expect(conf("traefik")).toContain('file "/run/keepalived-track/traefik"\n  weight 0 reverse');
  expect(conf("traefik-2")).toContain("interval 0.2\n  timeout 0.15\n  fall 2\n  rise 5");
  const [watched, scripted] = ["traefik", "traefik-2"].map((member) => membersIn(conf(member)));
  const tracked = (members?: VrrpMember[]) => members?.[0]?.trackedFiles?.map(({ name }) => name);
  expect(tracked(watched)).toEqual(["step_aside", "check_traefik"]);
  expect(tracked(scripted)).toEqual(["step_aside"]);
  const group = { name: "traefik", members: [...(watched ?? []), ...(scripted ?? [])] };
  expect(judgeVrrp(group).map(({ rule, message }) => `${rule}: ${message}`)).toEqual([]);
});

test("the watcher runs before keepalived hears of its file, and health keeps both", async () => {
  const { resources } = await build(fast);
  const command = (role: string) => pick(resources, "Command", `traefik-traefik-2-${role}`);
  expect(command("keepalived-conf").dependsOn).toContain("traefik-traefik-2-check-watcher-unit");
  expect(command("check-watcher-unit").dependsOn).toContain("traefik-traefik-2-check-watcher");
  expect(command("check-watcher-unit").inputs.create).toContain(
    "systemctl enable --quiet --now traefik-check-watcher.service",
  );
  expect(command("health").inputs.create).toContain(
    "systemctl start traefik traefik-check-watcher.service traefik-config-watcher.service traefik-config-sum.socket keepalived",
  );
  expect(command("keepalived-drop-in").inputs.stdin).toContain(
    "After=traefik-check-watcher.service",
  );
});

test("what fast left on a host is retired by any other way of checking, and never under fast", async () => {
  const health = async (change: Partial<TraefikHaPairArgs>) => {
    const { resources } = await build(change);
    return String(pick(resources, "Command", "traefik-traefik-health").inputs.create);
  };
  const retires = "systemctl disable --quiet --now traefik-check-watcher.service";
  expect(await health({})).toContain(retires);
  expect(await health({ ...fast, members: [{ ...first, debian: 13 }, second] })).toContain(retires);
  expect(await health(fast)).not.toContain(retires);
});

test("the watcher asks as the script does, with the times of the profile", async () => {
  const { resources } = await build(fast);
  const text = String(pick(resources, "Command", "traefik-traefik-check-watcher").inputs.stdin);
  expect(text).toContain("interval=200000\n");
  expect(text).toContain("read -r -t 0.15 status");
  expect(text).toContain("good ? 2 : 5");
  expect(text).toContain("GET /ping HTTP/1.0");
});

test("the weight auto is a number in the file and in the component's inputs", async () => {
  const { resources } = await build({ check: { autoWeight: true } });
  expect(pick(resources, "TraefikHaPair", "traefik").inputs.check).toMatchObject({ weight: -120 });
  const conf = pick(resources, "Command", "traefik-traefik-keepalived-conf").inputs.stdin;
  expect(conf).toContain("weight -120");
});

test("load balancers can be fast as well", async () => {
  const args: KeepalivedLbArgs = { ...balancer, profile: "fast" };
  const { resources } = await record(() => new KeepalivedLb("api", args));
  const unit = pick(resources, "Command", "api-lb-1-check-watcher-unit").inputs;
  expect(unit.stdin).toContain("ExecStart=/usr/local/bin/watch_haproxy.sh");
});

test("rejects what breaks the promise of fast", async () => {
  const refused = (change: Partial<TraefikHaPairArgs>) =>
    refusal(() => new TraefikHaPair("traefik", { ...pair, profile: "fast", ...change }));
  expect(await refused({ advertIntervalSec: 1, check: { fall: 5 } })).toMatchInlineSnapshot(`
    "TraefikHaPair "traefik" has 2 problems:
      advertIntervalSec: profile "fast" promises less than 1 s, and a dead host keeps the address for up to 3.61 s; use at most 0.27 s with version 3 (the profile has 0.2), or the profile "compatible"
      check: profile "fast" promises less than 1 s, and a failed check takes up to 1.76 s (1.15 s until it counts, 0.61 s until the address has moved); leave the settings of the check to the profile, shorten interval, timeout or fall, use weight 0 (FAULT), or the profile "compatible""
  `);
  expect(await refused({ check: { autoWeight: true } })).toMatchInlineSnapshot(`
    "TraefikHaPair "traefik" has 2 problems:
      check: profile "fast" promises less than 1 s, and a failed check takes up to 1.28 s (0.55 s until it counts, 0.73 s until the address has moved); leave the settings of the check to the profile, shorten interval, timeout or fall, use weight 0 (FAULT), or the profile "compatible"
      check.weight: Debian 12 (traefik, traefik-2) is checked through a tracked file under the profile "fast", which is a FAULT when it fails and knows no weight -120; leave the weight out, use Debian 13 on every member, or the profile "compatible""
  `);
});

test("what keeps open connections is on hosts only with a drain time, and retired without", async () => {
  const members = async (drainSec?: number) => {
    const { resources } = await build({ ...(drainSec !== undefined && { drainSec }) });
    const health = String(pick(resources, "Command", "traefik-traefik-health").inputs.create);
    return {
      files: resources.map(({ name }) => name).filter((name) => name.includes("handover")),
      retires: health.includes("systemctl disable --quiet --now keepalived-handover.socket"),
    };
  };
  expect(await members()).toEqual({ files: [], retires: true });
  expect(await members(0)).toEqual({ files: [], retires: true });
  const { files, retires } = await members(60);
  expect(files).toContain("traefik-traefik-2-handover-socket");
  expect(retires).toBe(false);
});
