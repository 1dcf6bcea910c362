import { expect } from "vitest";
import { syncState } from "../../../cli/commands/sync-state/run";
import { engineTest } from "../../support/engine";
import { relocationScene } from "../../support/relocation/relocation";

// A guest that HA has moved: the same scenario for this repository's program and for a naive one.
// Both are rolled out once; every scenario begins at that moment.

const scene = relocationScene();
const { begin } = scene;

const moved = "110 traefik: runs on pve3, declared on pve1, moved by HA";
const stale =
  "; the state still has it on pve1: run `homelab sync-state --stack relocation` before you refresh or change it";
const nothing = { guests: {}, others: [] };

engineTest("1: HA moved a container, then a preview that refreshes", async () => {
  const { ours, naive } = begin();
  for (const side of [ours, naive]) side.move(110, "pve3");
  const [plan, harm] = await Promise.all([ours.preview(), naive.preview("refresh")]);
  expect(harm.guests).toEqual({ traefik: "create" });
  expect(plan).toEqual({ ...nothing, reported: [`warning: ${moved}${stale}`] });

  // It drops the container in the middle of the run, where no program can see it.
  const refused = await ours.preview("refresh");
  expect(refused.reported.join("\n")).toContain(
    "container 110 (traefik) exists on pve3, and the refresh of this run looked for it elsewhere; run `homelab sync-state --stack relocation`, then repeat",
  );
  expect(await syncState(ours.stack)).toEqual([
    "110 traefik: the state follows it from pve1 to pve3",
  ]);
  expect(await ours.preview("refresh")).toEqual({ ...nothing, reported: [`info: ${moved}`] });
});

engineTest("2: the same, refreshed by somebody who knew nothing of it, then up", async () => {
  const { ours, naive } = begin();
  for (const side of [ours, naive]) side.move(110, "pve3");
  await Promise.all([ours.refresh(), naive.refresh()]);
  const [plan, harm] = await Promise.all([ours.preview(), naive.preview()]);
  expect(harm.guests).toEqual({ traefik: "create" });
  // The provider has dropped it from the state; it is taken back from where it runs.
  expect(plan).toEqual({ guests: { traefik: "import" }, others: [], reported: [`info: ${moved}`] });

  const [done, failed] = await Promise.all([ours.up(), naive.up()]);
  expect(failed.reported).toContain("error: CT 110 already exists on node 'pve3'");
  expect(done).toEqual(plan);
  expect(await ours.preview("refresh")).toEqual({ ...nothing, reported: [`info: ${moved}`] });
});

engineTest("3: more memory while it is elsewhere", async () => {
  const { ours, naive, edit, facts } = begin();
  for (const side of [ours, naive]) side.move(110, "pve3");
  edit((file) => {
    file["homelab:guests"].traefik.create.memoryMb = 1024;
  });
  // The only way in which the naive program gets it to the right node.
  Object.assign(facts.guests[0] ?? {}, { memoryMb: 1024, node: "pve3" });
  const [refused, harm] = await Promise.all([ours.up(), naive.preview()]);
  expect(harm.guests).toEqual({ traefik: "replace" });
  expect(refused.reported.join("\n")).toContain(
    "container 110 (traefik) runs on pve3, and the state still has it on pve1; run `homelab sync-state --stack relocation`, then repeat: the change is made where it runs",
  );
  expect(ours.sim.world.state.proxmox.guests["110"]?.config.memory).toEqual({ dedicated: 512 });

  await syncState(ours.stack);
  expect((await ours.up()).guests).toEqual({ traefik: "update" });
  expect(ours.sim.world.state.proxmox.guests["110"]).toMatchObject({
    node: "pve3",
    config: { memory: { dedicated: 1024 } },
  });
});

engineTest("4: HA moved a container that existed before the stack", async () => {
  const { ours, naive } = begin();
  for (const side of [ours, naive]) side.move(120, "pve3");
  const [plan, harm] = await Promise.all([ours.preview("refresh"), naive.preview("refresh")]);
  expect(harm.guests).toEqual({ dns: "create" });
  expect(plan).toEqual({
    ...nothing,
    reported: ["info: 120 dns: runs on pve3, declared on pve2, moved by HA"],
  });
});

engineTest(
  "5: a replicated virtual machine failed over, so its replication turned round",
  async () => {
    const { ours, naive } = begin();
    for (const side of [ours, naive]) {
      side.move(130, "pve3");
      const jobs = Object.values(side.sim.world.state.proxmox.replications);
      expect(jobs.filter(({ guest, target }) => guest === 130 && target === "pve1")).toHaveLength(
        1,
      );
    }
    const [plan, harm] = await Promise.all([ours.preview("refresh"), naive.preview("refresh")]);
    // Deleting a machine purges its disks.
    expect(harm.guests).toEqual({ db: "replace" });
    expect(harm.others).toContain("replace db-replica");
    expect(plan).toEqual({
      ...nothing,
      reported: ["info: 130 db: runs on pve3, declared on pve1, moved by HA"],
    });
  },
);

engineTest("6: moved twice, and home again", async () => {
  const { ours, naive } = begin();
  for (const side of [ours, naive]) side.move(110, "pve3");
  await Promise.all([syncState(ours.stack), naive.refresh()]);
  for (const side of [ours, naive]) {
    side.move(110, "pve2");
    side.move(110, "pve1");
  }
  const [plan, harm] = await Promise.all([ours.preview(), naive.preview()]);
  expect(harm.guests).toEqual({ traefik: "create" });
  expect(plan).toEqual({
    ...nothing,
    reported: [`warning: 110 traefik: runs on pve1, as declared${stale.replace("pve1", "pve3")}`],
  });
  await syncState(ours.stack);
  expect(await ours.preview("refresh")).toEqual({ ...nothing, reported: [] });
});

engineTest("7: the stack file declares it where it is now", async () => {
  const { ours, naive, edit, facts } = begin();
  for (const side of [ours, naive]) side.move(110, "pve3");
  edit((file) => {
    file["homelab:guests"].traefik.node = "pve3";
    file["homelab:haGroups"].services.nodes = { pve1: 1, pve2: 1, pve3: 2 };
  });
  Object.assign(facts.guests[0] ?? {}, { node: "pve3", replica: "pve1" });
  const [plan, harm] = await Promise.all([ours.preview(), naive.preview()]);
  expect(harm.guests).toEqual({ traefik: "replace" });
  expect(harm.others).toContain("replace traefik-replica");
  expect(plan.guests).toEqual({});
  // The group and its rule know the new preference; no replication job is made a second time.
  expect(plan.others).toEqual(["update services"]);

  await syncState(ours.stack);
  expect((await ours.up()).others.filter((what) => !what.startsWith("update"))).toEqual([]);
  expect(await ours.preview("refresh")).toEqual({ ...nothing, reported: [] });
});
