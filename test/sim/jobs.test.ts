import { expect, test } from "vitest";
import { moveGuest } from "../../sim/proxmox/api";
import { create, platform, refusal, smallSeed, types } from "../support/platform";

const job = { resourceId: "110-0", target: "b", type: "local" };

test.each([
  {
    what: "a guest that does not exist",
    inputs: { ...job, resourceId: "999-0" },
    error: "Guest '999' does not exist.",
  },
  {
    what: "a target that does not exist",
    inputs: { ...job, target: "z" },
    error: "Target 'z' does not exist.",
  },
  {
    what: "the guest's own node as target",
    inputs: { ...job, target: "a" },
    error: "Source and target must not be identical",
  },
  {
    what: "an id that is none",
    inputs: { ...job, resourceId: "110" },
    error: "resourceId: id must be <GUEST>-<JOBNUM>",
  },
])("rejects a replication job with $what", async ({ inputs, error }) => {
  expect(await refusal(create(platform(), types.replication, inputs))).toBe(error);
});

test("rejects a second job with the same id or to the same target", async () => {
  const on = platform();
  await create(on, types.replication, job);
  await expect(create(on, types.replication, job)).rejects.toThrowErrorMatchingInlineSnapshot(
    `[Error: replication job '110-0' already exists]`,
  );
  await expect(
    create(on, types.replication, { ...job, resourceId: "110-1" }),
  ).rejects.toThrowErrorMatchingInlineSnapshot(
    `[Error: replication job for guest '110' to target 'b' already exists]`,
  );
});

test("a replication job turns round when its guest moves to the target, which then looks like a replacement", async () => {
  const on = platform();
  const { id, outputs } = await create(on, types.replication, job);
  on.world.change((state) => moveGuest(state.proxmox, 110, "b"));
  const live = await on.read(types.replication, "it", id, outputs, job);
  expect(live).toMatchObject({ outputs: { source: "b", target: "a" } });
  const { changed } = await on.diff(
    types.replication,
    "it",
    live?.outputs ?? {},
    live?.inputs ?? {},
    outputs,
  );
  expect(changed).toContainEqual({ path: "target", replace: true });
});

test.each([
  { what: "the background task is slow", fault: { kind: "slow-replication-removal" as const } },
  { what: "its source is off", fault: { kind: "node-down" as const, node: "a" } },
  { what: "its target is off", fault: { kind: "node-down" as const, node: "b" } },
])(
  "the deletion of a replication job waits while $what, and holds id and guest",
  async ({ fault }) => {
    const on = platform(smallSeed);
    const { id, outputs } = await create(on, types.replication, job);
    on.faults.replace([fault]);
    let ended = false;
    const deletion = on.delete(types.replication, "it", id, outputs).then(() => {
      ended = true;
    });
    await expect(create(on, types.replication, job)).rejects.toThrow(
      "replication job '110-0' already exists",
    );
    on.faults.replace([]);
    await expect(on.delete(types.container, "it", "110", { nodeName: "a" })).rejects.toThrow(
      "There is a replication job '110-0' for guest '110' - Please remove that first.",
    );
    expect(ended).toBe(false);
    // What `pvesr delete --force` does as well.
    on.world.change(({ proxmox }) => {
      delete proxmox.replications[id];
    });
    await deletion;
    expect(ended).toBe(true);
  },
);

test("a job that somebody deleted can be neither read nor deleted", async () => {
  const on = platform();
  const backup = { resourceId: "nightly", schedule: "02:00", storage: "backup" };
  const made = {
    replication: await create(on, types.replication, job),
    backup: await create(on, types.backup, backup),
  };
  on.world.change(({ proxmox }) => {
    proxmox.replications = {};
    proxmox.backupJobs = {};
  });
  const said: string[] = [];
  for (const kind of ["replication", "backup"] as const) {
    const { id, outputs } = made[kind];
    said.push(
      await refusal(on.read(types[kind], "it", id, outputs, outputs)),
      await refusal(on.delete(types[kind], "it", id, outputs)),
    );
  }
  expect(said).toEqual([
    "Unable to Read Replication: error reading Replication 110-0: received an HTTP 500 response - Reason: no such replication job '110-0'",
    "no such job '110-0'",
    "Unable to Read Backup Job: error reading backup job: received an HTTP 400 response - Reason: Parameter verification failed. (id: No such job 'nightly')",
    "Unable to Delete Backup Job: error deleting backup job: received an HTTP 400 response - Reason: Parameter verification failed. (id: No such job 'nightly')",
  ]);
});

test("rejects a backup job whose id is taken", async () => {
  const on = platform();
  const backup = { resourceId: "nightly", schedule: "02:00", storage: "backup" };
  await create(on, types.backup, backup);
  await expect(create(on, types.backup, backup)).rejects.toThrowErrorMatchingInlineSnapshot(
    `[Error: Job 'nightly' already exists]`,
  );
});
