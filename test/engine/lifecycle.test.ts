import { expect, test } from "vitest";
import { engine, engineTest, openScene, stableWorld, stateFolder } from "../support/engine";
import type { ProgramName } from "../support/programs/stacks";

test("an engine is found wherever one is required", () => {
  expect(engine === undefined && process.env.HOMELAB_REQUIRE_ALL === "1").toBe(false);
});

engineTest.each<ProgramName>(["raw", "homelab", "matrix"])(
  "%s: preview, up, up without changes, refresh, destroy, on platforms that restart in between",
  async (program) => {
    const folder = stateFolder();
    const before = await openScene(folder, program);
    const seeded = stableWorld(before.sim.world.state);
    const planned = (await before.stack.preview()).changeSummary;
    expect(Object.keys(planned)).toEqual(["create"]);
    expect(stableWorld(before.sim.world.state)).toEqual(seeded);

    const created = await before.stack.up();
    expect(created.summary.resourceChanges).toEqual(planned);
    const after = stableWorld(before.sim.world.state);
    await before.sim.stop();

    const restarted = await openScene(folder, program);
    expect(stableWorld(restarted.sim.world.state)).toEqual(after);
    const same = { same: planned.create };
    expect((await restarted.stack.up()).summary.resourceChanges).toEqual(same);
    expect((await restarted.stack.refresh()).summary.resourceChanges).toEqual(same);
    expect((await restarted.stack.up()).summary.resourceChanges).toEqual(same);
    expect(stableWorld(restarted.sim.world.state)).toEqual(after);

    const gone = await restarted.stack.destroy();
    expect(gone.summary.resourceChanges).toEqual({ delete: planned.create });
    const { hosts: _, ...platforms } = stableWorld(restarted.sim.world.state) as { hosts: unknown };
    // Files on hosts stay: no script of a deletion may stand in the way of a host that is gone.
    expect({ ...platforms, hosts: {} }).toEqual(seeded);
  },
);
