import type { Stack } from "@pulumi/pulumi/automation";
import { expect, onTestFinished } from "vitest";
import type { GuestContainerArgs } from "../../components/guest-container";
import { openStack } from "../../sim/engine";
import { moveGuest } from "../../sim/proxmox/api";
import { type Sim, type SimOptions, startSim } from "../../sim/server";
import { engineTest, stateFolder } from "../support/engine";

const nodes = ["a", "b", "c"];
const guest = (vmid: number, node: string) => ({ vmid, node });

interface Wanted {
  pveVersion: 8 | 9;
  guests: { vmid: number; node: string }[];
  /** Whether the stack makes the guests itself. */
  create: boolean;
}

/** An HA group on ZFS with everything that hangs on it, in a form that a test can change between two runs. */
function groupProgram(wanted: Wanted) {
  return async () => {
    // Loaded late: they bring the SDKs with them.
    const { guestContainer } = await import("../../components/guest-container.js");
    const { HaGroup } = await import("../../components/ha-group.js");
    const guests = wanted.guests.map(({ vmid, node }, index) => ({
      name: `guest-${index}`,
      vmid,
      type: "ct" as const,
      node,
      storage: { name: "tank", kind: "zfs" as const, nodes },
    }));
    const made = (name: string, vmid: number, node: string): GuestContainerArgs => ({
      vmid,
      purpose: name,
      node,
      address: `10.0.0.${vmid % 250}/24`,
      storage: "tank",
      create: {
        template: "local:vztmpl/debian-12-standard_12.7-1_amd64.tar.zst",
        diskGb: 8,
        memoryMb: 512,
        cores: 1,
        bridge: "vmbr0",
        gateway: "10.0.0.1",
      },
    });
    const containers = wanted.create
      ? Object.fromEntries(
          guests.map(({ name, vmid, node }) => [
            name,
            guestContainer(name, made(name, vmid, node)),
          ]),
        )
      : {};
    new HaGroup("pair", {
      pveVersion: wanted.pveVersion,
      clusterNodes: nodes,
      guests,
      nodes: { a: 1, b: 1, c: 1 },
      keepApart: wanted.pveVersion === 9 ? [guests.map(({ name }) => name)] : [],
      replication: { everyMinutes: 15 },
      backup: { storage: "backup", schedule: "02:00" },
      containers,
    });
    return {};
  };
}

async function open(wanted: Wanted, seed: SimOptions = {}): Promise<{ stack: Stack; sim: Sim }> {
  const sim = await startSim({ nodes, pveVersion: wanted.pveVersion, ...seed });
  onTestFinished(() => sim.stop());
  const program = groupProgram(wanted);
  const stateDir = stateFolder();
  return {
    sim,
    stack: await openStack({ stack: "group", project: "group", program, sim, stateDir }),
  };
}

const existing = [guest(140, "a"), guest(141, "b"), guest(142, "c"), guest(150, "a")].map(
  (one) => ({
    ...one,
    type: "ct" as const,
  }),
);

engineTest.each<8 | 9>([8, 9])(
  "on PVE %s another VMID, a guest less and the end of a group go in the order that Proxmox accepts",
  async (pveVersion) => {
    const wanted: Wanted = {
      pveVersion,
      guests: [guest(140, "a"), guest(141, "b"), guest(142, "c")],
      create: false,
    };
    const { stack, sim } = await open(wanted, { guests: existing });
    const sids = () => Object.keys(sim.world.state.proxmox.haResources).sort();
    await stack.up();
    expect(sids()).toEqual(["ct:140", "ct:141", "ct:142"]);

    wanted.guests[0] = guest(150, "a");
    await stack.up();
    expect(sids()).toEqual(["ct:141", "ct:142", "ct:150"]);
    const rules = Object.values(sim.world.state.proxmox.haRules);
    for (const rule of rules) expect(rule.resources).toEqual(["ct:141", "ct:142", "ct:150"]);
    expect(rules).toHaveLength(pveVersion === 9 ? 2 : 0);
    expect(Object.keys((await stack.preview()).changeSummary)).toEqual(["same"]);

    wanted.guests.pop();
    await stack.up();
    expect(sids()).toEqual(["ct:141", "ct:150"]);

    await stack.destroy();
    const { haGroups, haResources, haRules, replications } = sim.world.state.proxmox;
    expect([haGroups, haResources, haRules, replications]).toEqual([{}, {}, {}, {}]);
  },
);

engineTest("replication that turned round after a failover is no change", async () => {
  const wanted: Wanted = {
    pveVersion: 9,
    guests: [guest(140, "a"), guest(141, "b")],
    create: false,
  };
  const { stack, sim } = await open(wanted, { guests: existing });
  await stack.up();
  sim.world.change((state) => moveGuest(state.proxmox, 140, "c"));
  expect(sim.world.state.proxmox.replications["140-2"]?.target).toBe("a");
  const { changeSummary } = await stack.preview({ refresh: true });
  expect(Object.keys(changeSummary)).toEqual(["same"]);
});

engineTest("a created container that HA moved is left alone, and never created again", async () => {
  const wanted: Wanted = {
    pveVersion: 9,
    guests: [guest(140, "a"), guest(141, "b")],
    create: true,
  };
  const { stack, sim } = await open(wanted);
  await stack.up();
  sim.world.change((state) => moveGuest(state.proxmox, 140, "c"));
  expect(Object.keys((await stack.preview()).changeSummary)).toEqual(["same"]);

  // A refresh looks on the old node and drops the container from the state.
  const refused = await stack.preview({ refresh: true }).catch((error: Error) => error.message);
  expect(refused).toContain(
    "container 140 (guest-0) exists on c, but not in this stack's state; adopt it: pulumi import proxmoxve:index/containerLegacy:ContainerLegacy guest-0 c/140",
  );
  expect(sim.world.state.proxmox.guests["140"]?.node).toBe("c");
});
