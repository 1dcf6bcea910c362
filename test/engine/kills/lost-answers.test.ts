import { expect } from "vitest";
import { recover } from "../../../cli/commands/recover/run";
import type { Fault } from "../../../sim/faults";
import { createdTwice, engineTest, killUpAt, openScene, stateFolder } from "../../support/engine";
import { refusal, types } from "../../support/platform";

const lost = (type: string, name: string): Fault => ({
  kind: "apply-then-error",
  at: { method: "create", type, name },
  message: "read: connection reset by peer",
});

const secret = "kubernetes:core/v1:Secret";
const creations = [
  { type: types.resource, name: "ct-110" },
  { type: types.rule, name: "apart" },
  { type: types.replication, name: "copy" },
  { type: types.backup, name: "backup" },
  { type: types.tunnel, name: "web" },
  { type: types.tunnelConfig, name: "web" },
  { type: types.record, name: "www" },
  { type: secret, name: "token" },
];

engineTest("what was created although its answer was lost is found again", async () => {
  const { stack, sim } = await openScene(stateFolder());
  sim.faults.replace(creations.map(({ type, name }) => lost(type, name)));
  const told: string[] = [];
  // One update meets several of them at once, and never one that needs another.
  while ((await refusal(stack.up())) !== "accepted") {
    const found = await recover(stack);
    expect(found).not.toEqual([]);
    told.push(...found);
  }
  expect(told.sort()).toEqual(
    creations
      .map(({ type, name }) => `${type} "${name}" had been created; it was added to the state`)
      .sort(),
  );
  expect(createdTwice(sim.world.state)).toEqual([]);
  expect(Object.keys((await stack.up()).summary.resourceChanges ?? {})).toEqual(["same"]);
  expect(await recover(stack)).toEqual([]);
});

engineTest("rejects as one's own what somebody else made under the same name", async () => {
  const { stack, sim } = await openScene(stateFolder());
  const rule = {
    type: "resource-affinity",
    affinity: "positive",
    resources: ["ct:110", "ct:121"],
    nodes: {},
    strict: false,
    disable: false,
  } as const;
  const fault = lost(types.rule, "apart");
  sim.faults.replace([fault]);
  await refusal(stack.up());
  sim.world.change(({ proxmox }) => {
    proxmox.haRules.apart = { ...rule, resources: [...rule.resources] };
  });
  expect(await recover(stack)).toEqual([
    `${types.rule} "apart" exists with another affinity, so it was not made by this stack and was left alone; remove it, or take it over with \`pulumi import\``,
  ]);
  expect(sim.world.state.proxmox.haRules.apart).toEqual(rule);
  expect(await refusal(stack.up())).toContain("HA rule 'apart' already defined");
});

engineTest("a recovery that meets an error claims nothing that is not there", async () => {
  const folder = stateFolder();
  await killUpAt(folder, "raw", { kind: "hang", at: { method: "create", type: types.rule } });
  const { stack, sim } = await openScene(folder);
  const message = "received an HTTP 595 response - Reason: No route to host";
  sim.faults.replace([{ kind: "error", at: { method: "read", type: types.rule }, message }]);
  expect(await refusal(recover(stack))).toContain(message);
  sim.faults.replace([]);
  await recover(stack);
  await stack.up();
  expect(Object.keys(sim.world.state.proxmox.haRules)).toEqual(["apart"]);
  expect(createdTwice(sim.world.state)).toEqual([]);
});
