import { expect } from "vitest";
import { recover } from "../../cli/commands/recover/run";
import type { Fault } from "../../sim/faults";
import {
  createdTwice,
  engineTest,
  killUpAt,
  onlyNightly,
  openScene,
  stableWorld,
  stateFolder,
} from "../support/engine";
import { types } from "../support/platform";

let undisturbed: Promise<unknown> | undefined;

/** What the platforms hold after a run that nobody killed; made once. */
function undisturbedWorld(): Promise<unknown> {
  undisturbed ??= openScene(stateFolder(), "homelab").then(async ({ stack, sim }) => {
    await stack.up();
    return stableWorld(sim.world.state);
  });
  return undisturbed;
}

const cut = (type: string): Fault => ({ kind: "apply-then-hang", at: { method: "create", type } });

// By day one point for each way in which `recover` finds out what became of a pending creation: a
// command runs again, a guest under HA is read by its name, a tunnel is looked for.
const points: { where: string; fault: Fault; nightly?: true }[] = [
  {
    where: "before anything exists",
    fault: { kind: "hang", at: { method: "check" } },
    nightly: true,
  },
  { where: "while a command runs on a host", fault: cut(types.command) },
  { where: "while Proxmox takes a guest under HA", fault: cut(types.resource) },
  {
    where: "while Kubernetes creates an object",
    fault: cut("kubernetes:core/v1:Secret"),
    nightly: true,
  },
  { where: "while Cloudflare creates a tunnel", fault: cut(types.tunnel) },
];

engineTest.each(onlyNightly(points))(
  "an up killed $where converges, with nothing created twice",
  async ({ fault }) => {
    const folder = stateFolder();
    await killUpAt(folder, "homelab", fault);
    const { stack, sim } = await openScene(folder, "homelab");
    const done = await recover(stack);
    expect(done[0]).toMatch(/^removed the lock of process \d+, which is gone$/);
    await stack.up();
    expect(stableWorld(sim.world.state)).toEqual(await undisturbedWorld());
    expect(createdTwice(sim.world.state)).toEqual([]);
    expect(Object.keys((await stack.up()).summary.resourceChanges ?? {})).toEqual(["same"]);
    expect(await recover(stack)).toEqual([]);
  },
);
