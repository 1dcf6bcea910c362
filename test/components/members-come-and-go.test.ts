import { expect, test } from "vitest";
import { KeepalivedLb } from "../../components/keepalived-lb";
import { TraefikHaPair, type TraefikHaPairArgs } from "../../components/traefik-ha-pair";
import { pick, record, refusal } from "./recorder";
import { balancer, pair } from "./vrrp-data";

const [first, second] = pair.members as [
  TraefikHaPairArgs["members"][number],
  TraefikHaPairArgs["members"][number],
];
const third = {
  ...second,
  name: "traefik-3",
  address: "192.168.1.112",
  node: "proxmox",
  priority: 90,
};
const { priority: _, ...former } = third;
const command = "command:remote:Command";

const built = (change: Partial<TraefikHaPairArgs>) =>
  record(() => new TraefikHaPair("traefik", { ...pair, ...change }));
const namesOf = (resources: readonly { name: string }[]) =>
  resources.map(({ name }) => name).filter((name) => /-(peers|leave)$/.test(name));

test("one of two members that is replaced comes after the other one has heard of it", async () => {
  const { resources } = await built({ members: [first, { ...third, priority: 100 }] });
  expect(namesOf(resources)).toEqual(["traefik-traefik-peers", "traefik-traefik-3-peers"]);
  const { dependsOn } = pick(resources, command, "traefik-traefik-3-packages");
  expect(dependsOn).toContain("traefik-traefik-peers");
  const { inputs } = pick(resources, command, "traefik-traefik-peers");
  // Whoever else is a peer there is refused while it answers.
  expect(inputs.create).toContain(`for peer in $(peers "$conf"); do case " ${third.address} " in`);
});

test("members that run hear of a third one before that one is configured", async () => {
  const { resources } = await built({ members: [first, second, third] });
  expect(namesOf(resources).sort()).toEqual([
    "traefik-traefik-2-peers",
    "traefik-traefik-3-peers",
    "traefik-traefik-peers",
  ]);
  const { dependsOn } = pick(resources, command, "traefik-traefik-3-packages");
  expect(dependsOn).toEqual(
    expect.arrayContaining(["traefik-traefik-peers", "traefik-traefik-2-peers"]),
  );
  const { inputs } = pick(resources, command, "traefik-traefik-peers");
  expect(inputs.create).toContain("for peer in 192.168.1.103 192.168.1.112; do");
});

test("a member that leaves is ended before the others forget it, and nobody has it any more", async () => {
  const { resources } = await built({ leaving: [former] });
  expect(namesOf(resources)).toContain("traefik-traefik-3-leave");
  for (const member of ["traefik", "traefik-2"]) {
    const name = `traefik-${member}-keepalived-conf`;
    const { inputs } = pick(resources, command, name);
    expect(inputs.stdin).not.toContain(former.address);
    // Its host may answer: keepalived does not run there.
    expect(inputs.create).toContain(`case " ${former.address} " in`);
  }
  const { inputs: told } = pick(resources, command, "traefik-traefik-peers");
  expect(told.create).toContain(
    `for peer in $(peers "$conf"); do case " ${second.address} ${former.address} " in`,
  );
  const { dependsOn } = pick(resources, command, "traefik-traefik-2-packages");
  expect(dependsOn).toContain("traefik-traefik-3-leave");
  const { inputs } = pick(resources, command, "traefik-traefik-3-leave");
  expect(inputs.create).toContain(
    "for unit in keepalived traefik-check-watcher.service traefik-config-watcher.service traefik-config-sum.socket homelab-member-metrics.service lsyncd.service lsyncd-full-sync.timer; do",
  );
});

test("the same for a load balancer", async () => {
  const leaving = [{ ...former, name: "lb-3", address: "192.168.56.13" }];
  const { resources } = await record(() => new KeepalivedLb("api", { ...balancer, leaving }));
  expect(namesOf(resources)).toContain("api-lb-3-leave");
});

test("a host is either a member or leaves", async () => {
  const { priority: _priority, ...same } = second;
  expect(
    await refusal(() => new TraefikHaPair("traefik", { ...pair, leaving: [same] })),
  ).toMatchInlineSnapshot(`
    "TraefikHaPair "traefik" has 2 problems:
      leaving[0].name: found "traefik-2" a second time, expected a different name for each member; correct it
      leaving[0].address: found "192.168.1.103" a second time, expected a different address for each member; correct it"
  `);
});
