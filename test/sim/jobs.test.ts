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

test("a deleted replication job holds its id and its guest until the background task removed it", async () => {
  const on = platform(smallSeed, [{ kind: "slow-replication-removal" }]);
  const { id, outputs } = await create(on, types.replication, job);
  await on.delete(types.replication, "it", id, outputs);
  await expect(create(on, types.replication, job)).rejects.toThrowErrorMatchingInlineSnapshot(
    `[Error: replication job '110-0' already exists]`,
  );
  await expect(
    on.delete(types.container, "it", "110", { nodeName: "a" }),
  ).rejects.toThrowErrorMatchingInlineSnapshot(
    `[Error: There is a replication job '110-0' for guest '110' - Please remove that first.]`,
  );
});

test("rejects a backup job whose id is taken", async () => {
  const on = platform();
  const backup = { resourceId: "nightly", schedule: "02:00", storage: "backup" };
  await create(on, types.backup, backup);
  await expect(create(on, types.backup, backup)).rejects.toThrowErrorMatchingInlineSnapshot(
    `[Error: Job 'nightly' already exists]`,
  );
});
