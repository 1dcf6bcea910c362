import { expect } from "vitest";
import { recover } from "../../cli/recover";
import type { Fault } from "../../sim/faults";
import {
  createdTwice,
  engineTest,
  killUpAt,
  openScene,
  settled,
  stateFolder,
} from "../support/engine";
import { types } from "../support/platform";
import type { ProgramName } from "../support/programs";

const undisturbed = new Map<ProgramName, Promise<unknown>>();

/** What the platforms hold after a run that nobody killed; made once for each program. */
function undisturbedWorld(program: ProgramName): Promise<unknown> {
  const known = undisturbed.get(program);
  if (known !== undefined) return known;
  const world = openScene(stateFolder(), program).then(async ({ stack, sim }) => {
    await stack.up();
    return settled(sim.world.state);
  });
  undisturbed.set(program, world);
  return world;
}

const cut = (type: string): Fault => ({ kind: "apply-then-hang", at: { method: "create", type } });

const points: { where: string; fault: Fault }[] = [
  { where: "before anything exists", fault: { kind: "hang", at: { method: "check" } } },
  { where: "while a command runs on a host", fault: cut(types.command) },
  { where: "while Proxmox takes a guest under HA", fault: cut(types.resource) },
  { where: "while Kubernetes creates an object", fault: cut("kubernetes:core/v1:Secret") },
  { where: "while Cloudflare creates a tunnel", fault: cut(types.tunnel) },
];

engineTest.each(points)(
  "an up killed $where converges, with nothing created twice",
  async (point) => {
    for (const program of ["raw"] as const) {
      const folder = stateFolder();
      await killUpAt(folder, program, point.fault);
      const { stack, sim } = await openScene(folder, program);
      expect(await recover(stack)).not.toEqual([]);
      await stack.up();
      expect(settled(sim.world.state)).toEqual(await undisturbedWorld(program));
      expect(createdTwice(sim.world.state)).toEqual([]);
      expect(Object.keys((await stack.up()).summary.resourceChanges ?? {})).toEqual(["same"]);
      expect(await recover(stack)).toEqual([]);
    }
  },
);
