import { expect } from "vitest";
import { recover } from "../../cli/commands/recover/run";
import type { Fault } from "../../sim/faults";
import {
  createdTwice,
  engineTest,
  killUpAt,
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

const points: { where: string; fault: Fault }[] = [
  { where: "before anything exists", fault: { kind: "hang", at: { method: "check" } } },
  { where: "while a command runs on a host", fault: cut(types.command) },
  { where: "while Proxmox takes a guest under HA", fault: cut(types.resource) },
  { where: "while Kubernetes creates an object", fault: cut("kubernetes:core/v1:Secret") },
  { where: "while Cloudflare creates a tunnel", fault: cut(types.tunnel) },
];

engineTest.each(points)(
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
