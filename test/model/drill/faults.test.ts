import { expect, test } from "vitest";
import { FAULT_NAMES, faultsOf } from "../../../model/drill/faults";
import { PROFILES, type VrrpSettings } from "../../../model/vrrp/vrrp";

const settings: VrrpSettings = {
  vip: "10.0.0.100/24",
  interface: "eth0",
  virtualRouterId: 51,
  preempt: true,
  preemptDelaySec: 0,
  profile: "fast",
  ...PROFILES.fast,
  members: [
    { name: "one", address: "10.0.0.1", node: "a", priority: 150, debian: 13 },
    { name: "two", address: "10.0.0.2", node: "b", priority: 140, debian: 13 },
  ],
};

const pair = {
  name: "web",
  settings,
  daemon: "traefik",
  units: ["traefik", "traefik-config-watcher", "keepalived"],
  master: "one",
  drain: { begin: "aside 1", undo: "aside 0", agreeSec: 4 },
};
const faults = faultsOf(pair);

test("members that keep open connections agree on it before the address moves", () => {
  const [planned] = faultsOf({ ...pair, settings: { ...settings, drainSec: 60 } });
  const [plain] = faults;
  expect(planned?.movedSec).toBeCloseTo((plain?.movedSec ?? 0) + 4, 6);
  expect(planned?.returnedSec).toBeCloseTo((plain?.returnedSec ?? 0) + 4, 6);
});

test("every fault has its command, what takes it back, and what the model expects", () => {
  expect(faults.map(({ name }) => name)).toEqual([...FAULT_NAMES]);
  expect(
    faults.map(({ name, outageSec, movedSec }) => [
      name,
      outageSec.toFixed(2),
      movedSec.toFixed(2),
    ]),
  ).toEqual([
    ["planned-switch", "0.00", "0.69"],
    ["keepalived-stopped", "0.09", "0.09"],
    ["service-stopped", "0.49", "0.49"],
    ["service-hung", "0.64", "0.64"],
  ]);
});

test("what takes a fault back starts everything that a member runs, and wakes what was stopped", () => {
  for (const { name, undo } of faults) {
    if (name === "planned-switch") expect(undo).toBe("aside 0");
    else expect(undo).toContain("systemctl start traefik traefik-config-watcher keepalived");
  }
  expect(faults.at(-1)?.undo).toMatch(/^systemctl kill --signal=CONT traefik; /);
});

test("a hang that the members' check does not notice is not made", () => {
  expect(faultsOf({ ...pair, blindToHang: true }).map(({ name }) => name)).toEqual([
    "planned-switch",
    "keepalived-stopped",
    "service-stopped",
  ]);
});
