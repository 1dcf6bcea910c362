import * as proxmox from "@muhlba91/pulumi-proxmoxve";
import type { CustomResourceOptions } from "@pulumi/pulumi";
import { expect } from "vitest";
import { openStack } from "../../clients/pulumi/engine";
import { moveGuest } from "../../sim/proxmox/api";
import { engineTest, openScene, stateFolder } from "../support/engine";
import { refusal } from "../support/platform";

// What the providers do to a plain program: the reasons why the components are as they are.

async function scene(program: () => void) {
  const stateDir = stateFolder();
  const { sim } = await openScene(stateDir);
  const open = (run: () => void) => {
    const wrapped = async () => {
      run();
      return {};
    };
    return openStack({ stack: "traps", project: "traps", program: wrapped, sim, stateDir });
  };
  await (await open(program)).up();
  return { open, sim, stack: await open(program) };
}

engineTest(
  "a refresh forgets a container that HA moved, and the next up cannot create it",
  async () => {
    const container = () =>
      new proxmox.ContainerLegacy(
        "ct",
        { nodeName: "a", vmId: 140 },
        { ignoreChanges: ["nodeName"] },
      );
    const { sim, stack } = await scene(container);
    sim.world.change((state) => moveGuest(state.proxmox, 140, "b"));
    const refreshed = await stack.refresh();
    expect(refreshed.summary.resourceChanges).toEqual({ delete: 1, same: 1 });
    expect(await refusal(stack.up())).toMatch(/CT 140 already exists on node 'b'/);
  },
);

engineTest(
  "a replication job that HA turned round is planned anew, towards the guest's own node",
  async () => {
    const job = () =>
      new proxmox.Replication("job", { resourceId: "110-0", target: "b", type: "local" });
    const { sim, stack } = await scene(job);
    sim.world.change((state) => moveGuest(state.proxmox, 110, "b"));
    await stack.refresh();
    expect((await stack.preview()).changeSummary).toEqual({ replace: 1, same: 1 });
    expect(await refusal(stack.up())).toMatch(/Source and target must not be identical/);
  },
);

engineTest("a changed id leaves the new guest without HA, unless it replaces", async () => {
  const resource = (resourceId: string, opts?: CustomResourceOptions) => () =>
    new proxmox.Haresource("ha", { resourceId }, opts);
  const { open, sim } = await scene(resource("ct:110"));
  const managed = () => Object.keys(sim.world.state.proxmox.haResources);
  const changed = await (await open(resource("ct:121"))).up();
  expect(changed.summary.resourceChanges).toEqual({ same: 1, update: 1 });
  expect(managed()).toEqual(["ct:110"]);
  const replacing = resource("ct:121", { replaceOnChanges: ["resourceId"] });
  const replaced = await (await open(replacing)).up();
  expect(replaced.summary.resourceChanges).toEqual({ replace: 1, same: 1 });
  expect(managed()).toEqual(["ct:121"]);
});
