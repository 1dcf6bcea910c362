import { expect } from "vitest";
import { syncState } from "../../../cli/commands/sync-state/run";
import { engineTest } from "../../support/engine";
import { relocationScene, type Side } from "../../support/relocation/relocation";

// More than a move: nodes that are off, renamed or without quorum, and guests that are gone.

const scene = relocationScene();
const nothing = { guests: {}, others: [] };
const stateHas = async ({ stack }: Side, name: string) =>
  JSON.stringify((await stack.exportStack()).deployment).includes(`ContainerLegacy::${name}"`);

engineTest("8: the node is dead and HA has started the container elsewhere", async () => {
  const { ours, naive, facts } = scene.begin();
  for (const side of [ours, naive]) {
    side.move(110, "pve3");
    side.sim.faults.replace([{ kind: "node-down", node: "pve1" }]);
  }
  // Where it runs now is what its owner writes down.
  Object.assign(facts.guests[0] ?? {}, { node: "pve3", replica: "pve1" });
  const [plan, harm] = await Promise.all([ours.preview(), naive.preview()]);
  expect(harm.guests).toEqual({ traefik: "replace" });
  expect(plan).toEqual({
    ...nothing,
    reported: [
      "warning: 110 traefik: runs on pve3, declared on pve1, moved by HA; the state still has it on pve1: run `homelab sync-state --stack relocation` before you refresh or change it",
      "warning: 130 db: on no node that answers; pve1 does not",
    ],
  });

  const failed = await ours.refresh();
  expect(failed.reported.join("\n")).toContain("595");
  expect(await stateHas(ours, "traefik")).toBe(true);
  expect(await syncState(ours.stack)).toEqual([
    "110 traefik: the state follows it from pve1 to pve3",
  ]);
  const refreshed = await ours.refresh();
  expect(refreshed.guests).toEqual({});
  expect(await stateHas(ours, "traefik")).toBe(true);
  expect((await ours.up()).guests).toEqual({});
});

engineTest("9: no quorum: the cluster can be read and not written", async () => {
  const { ours, naive } = scene.begin();
  for (const side of [ours, naive]) {
    side.move(110, "pve3");
    side.sim.faults.replace([{ kind: "no-quorum" }]);
  }
  await Promise.all([ours.refresh(), naive.refresh()]);
  const [done, harm] = await Promise.all([ours.up(), naive.up()]);
  expect(harm.guests).toEqual({ traefik: "create" });
  expect(harm.reported.join("\n")).toContain("cluster not ready - no quorum?");
  // Taking it back into the state writes nothing in the cluster.
  expect(done).toEqual({
    guests: { traefik: "import" },
    others: [],
    reported: ["info: 110 traefik: runs on pve3, declared on pve1, moved by HA"],
  });
});

engineTest("10: a node was renamed", async () => {
  const { ours, naive, edit, facts } = scene.begin();
  const renamed = (value: object) =>
    JSON.parse(JSON.stringify(value).replaceAll('"pve1"', '"pve1-new"'));
  for (const { sim } of [ours, naive]) {
    sim.world.change(({ proxmox }) => Object.assign(proxmox, renamed(proxmox)));
  }
  expect((await ours.refresh()).reported.join("\n")).toContain("no such cluster node 'pve1'");
  expect(await stateHas(ours, "traefik")).toBe(true);

  edit((file) => Object.assign(file, renamed(file)));
  Object.assign(facts, renamed(facts));
  const [plan, harm] = await Promise.all([ours.preview(), naive.preview()]);
  expect(harm.guests).toEqual({ traefik: "replace", db: "replace" });
  expect(plan.guests).toEqual({});
  expect(plan.others).toEqual(["update services"]);

  expect(await syncState(ours.stack)).toEqual([
    "110 traefik: the state follows it from pve1 to pve1-new",
  ]);
  expect((await ours.up()).guests).toEqual({});
  expect(await ours.preview("refresh")).toEqual({ ...nothing, reported: [] });
});

engineTest("11: one container was deleted by hand, another one only moved", async () => {
  const { ours, naive } = scene.begin();
  for (const side of [ours, naive]) {
    side.move(140, "pve3");
    side.sim.world.change(({ proxmox }) => {
      delete proxmox.guests["110"];
      delete proxmox.haResources["ct:110"];
      for (const id of Object.keys(proxmox.replications)) {
        if (id.startsWith("110-")) delete proxmox.replications[id];
      }
      for (const rule of Object.values(proxmox.haRules)) {
        rule.resources = rule.resources.filter((sid) => sid !== "ct:110");
      }
    });
  }
  expect((await ours.preview()).reported).toEqual([
    "warning: 110 traefik: no node has it; it was deleted, or the API token may not see it (VM.Audit); after `pulumi refresh` the next up creates it again",
    "warning: 140 links: runs on pve3, declared on pve2, moved by HA; the state still has it on pve2: run `homelab sync-state --stack relocation` before you refresh or change it",
  ]);
  await Promise.all([ours.refresh(), naive.refresh()]);
  const [plan, harm] = await Promise.all([ours.preview(), naive.preview()]);
  // Nothing tells the one that is gone from the one that would be made twice.
  expect(harm.guests).toEqual({ traefik: "create", links: "create" });
  expect(plan.guests).toEqual({ traefik: "create", links: "import" });
  expect((await ours.up()).guests).toEqual(plan.guests);
  expect(ours.sim.world.state.proxmox.guests["110"]).toMatchObject({ name: "traefik" });
  expect((await ours.preview()).guests).toEqual({});
});

engineTest("12: somebody else's guest has the VMID now, on the same node", async () => {
  const { ours, naive, edit, facts } = scene.begin();
  for (const { sim } of [ours, naive]) {
    sim.world.change(({ proxmox }) => {
      proxmox.guests["110"] = {
        vmid: 110,
        type: "ct",
        node: "pve1",
        name: "games",
        running: true,
        config: { description: "not of this stack", unprivileged: false },
      };
    });
  }
  edit((file) => {
    file["homelab:guests"].traefik.create.memoryMb = 1024;
  });
  Object.assign(facts.guests[0] ?? {}, { memoryMb: 1024 });
  const [plan, harm] = await Promise.all([ours.preview("refresh"), naive.preview("refresh")]);
  // It takes the stranger for its own, and would delete it.
  expect(harm.guests).toEqual({ traefik: "replace" });
  const taken =
    '110 traefik: its VMID belongs to CT "games" on pve1; give traefik another vmid, or rename that guest if it is the same one';
  expect(plan.reported).toContain(`warning: ${taken}`);
  expect(plan.guests).not.toMatchObject({ traefik: "replace" });
  const refused = await ours.up();
  expect(refused.reported.join("\n")).toContain(
    'container 110 (traefik) was not changed: its VMID belongs to CT "games" on pve1 now',
  );
  expect(ours.sim.world.state.proxmox.guests["110"]?.config).toEqual({
    description: "not of this stack",
    unprivileged: false,
  });
});

engineTest(
  "a cluster that may not be asked is no reason to stop, nor to forget anything",
  async () => {
    const { ours } = scene.begin();
    ours.move(110, "pve3");
    const type = "proxmoxve:index/getNodesLegacy:getNodesLegacy";
    const message = "received an HTTP 401 response - Reason: no ticket";
    ours.sim.faults.replace([{ kind: "error", at: { method: "invoke", type }, message }]);
    expect(await ours.preview()).toEqual({
      ...nothing,
      reported: [
        `warning: could not read where the cluster's guests are: invocation of ${type} returned an error: ${message}`,
      ],
    });
  },
);
