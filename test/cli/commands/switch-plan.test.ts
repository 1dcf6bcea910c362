import { expect, test } from "vitest";
import { planSwitch, type Wish } from "../../../cli/commands/switch/plan";
import { readStanding, type Standing } from "../../../model/vrrp/standing";

/** Three members of falling priority, of which the first has the address. */
function members(...changes: Partial<Standing>[]): Standing[] {
  const all = [150, 140, 130].map((priority, index) => ({
    name: `m${index + 1}`,
    priority,
    master: index === 0,
    drained: false,
    state: index === 0 ? "MASTER" : "BACKUP",
  }));
  return all.map((one, index) => ({ ...one, ...changes[index] }));
}

const moved = { master: false, drained: true };

test.each<[string, Standing[], Wish, ReturnType<typeof planSwitch>]>([
  [
    "the master is drained for the next one",
    members(),
    {},
    { from: "m1", to: "m2", back: [], drained: ["m1"] },
  ],
  [
    "an unhealthy next one is passed over, and drained too",
    members({}, { unhealthy: "traefik is not active" }),
    {},
    { from: "m1", to: "m3", back: [], drained: ["m2", "m1"] },
  ],
  [
    "whoever is ahead of the wanted member is drained, the master last",
    members(),
    { to: "m3" },
    { from: "m1", to: "m3", back: [], drained: ["m2", "m1"] },
  ],
  [
    "back to the preferred one undrains it only",
    members(moved, { master: true }),
    { to: "m1" },
    { from: "m2", to: "m1", back: ["m1"], drained: [] },
  ],
  [
    "everybody is undrained",
    members(moved, moved, { master: true }),
    { back: true },
    { from: "m3", to: "m1", back: ["m1", "m2"], drained: [] },
  ],
])("%s", (_, standings, wish, plan) => {
  expect(planSwitch(standings, wish)).toEqual(plan);
});

test.each<[string, Standing[], Wish, string]>([
  [
    "a member that is not healthy",
    members({}, { unhealthy: "traefik is not active" }),
    { to: "m2" },
    "m2 is not healthy: traefik is not active; nothing was changed",
  ],
  [
    "a member whose keepalived is in FAULT",
    members({}, { state: "FAULT" }),
    { to: "m2" },
    "m2 is not healthy: keepalived says FAULT; nothing was changed",
  ],
  [
    "a switch when nobody could take over",
    members({}, { unhealthy: "dead" }, { state: "STOP" }),
    {},
    "no other member is healthy (m2: dead; m3: keepalived says STOP); nothing was changed",
  ],
  [
    "the member that has it",
    members(),
    { to: "m1" },
    "m1 already has the address; nothing was changed",
  ],
  [
    "a second switch that would return to a drained member",
    members(moved, { master: true }, { unhealthy: "dead" }),
    {},
    "m2 has the address, and m1 is drained; use --back or --to m1 to return it; nothing was changed",
  ],
  [
    "to go back when nobody is drained",
    members(),
    { back: true },
    "no member is drained; m1 has the address; nothing was changed",
  ],
  [
    "to go back to a member that is not healthy",
    members({ ...moved, unhealthy: "dead" }, { master: true }),
    { back: true },
    "m1 is not healthy: dead; nothing was changed",
  ],
  [
    "an address on nobody",
    members({ master: false }),
    {},
    "no member has the address; check keepalived first; nothing was changed",
  ],
  [
    "an address on two",
    members({}, { master: true }),
    {},
    "m1 and m2 have the address at the same time, so they do not see each other's adverts; check the network first; nothing was changed",
  ],
])("rejects %s", (_, standings, wish, message) => {
  expect(() => planSwitch(standings, wish)).toThrow(message);
});

test("rejects members that cannot be drained", () => {
  const [first, ...others] = members();
  const { drained: _, ...old } = first as Standing;
  expect(() => planSwitch([old, ...others], {})).toThrow(
    "keepalived of m1 was deployed before members could be drained; run `pulumi up` first; nothing was changed",
  );
});

test("reads what a host prints", () => {
  expect(readStanding("m1", 150, "owner\naside 0\nstate MASTER\nfit\n")).toEqual({
    name: "m1",
    priority: 150,
    master: true,
    drained: false,
    state: "MASTER",
  });
  expect(readStanding("m2", 140, "sick traefik is not active\n")).toEqual({
    name: "m2",
    priority: 140,
    master: false,
    unhealthy: "traefik is not active",
  });
});
