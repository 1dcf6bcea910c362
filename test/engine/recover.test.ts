import { mkdirSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { recover } from "../../cli/recover";
import { repairBackend } from "../../cli/recover-backend";
import { openStack } from "../../sim/engine";
import { createdTwice, engineTest, killUpAt, openScene, stateFolder } from "../support/engine";
import { refusal, types } from "../support/platform";
import { stackOf } from "../support/programs";

engineTest.each([
  { type: types.rule, name: "apart" },
  { type: types.tunnel, name: "web" },
])("a $type that never reached its platform is created by the next up", async (pending) => {
  const folder = stateFolder();
  const at = { method: "create", type: pending.type } as const;
  await killUpAt(folder, "raw", { kind: "hang", at });
  const { stack, sim } = await openScene(folder);
  const { proxmox, cloudflare } = sim.world.state;
  const existing = () => Object.keys({ ...proxmox.haRules, ...cloudflare.tunnels }).length;
  const before = existing();
  // Others may have been under way as well, for the engine works on several at once.
  expect(await recover(stack)).toContain(
    `${pending.type} "${pending.name}" had not been created; the next up does it`,
  );
  expect(existing()).toBe(before);
  await stack.up();
  expect(existing()).toBe(2);
  expect(createdTwice(sim.world.state)).toEqual([]);
});

engineTest("without recovering, the next up is refused", async () => {
  const folder = stateFolder();
  await killUpAt(folder, "raw", {
    kind: "apply-then-hang",
    at: { method: "create", type: types.rule },
  });
  const { stack } = await openScene(folder);
  expect(await refusal(stack.up())).toMatch(/the stack is currently locked by 1 lock/);
  await stack.cancel();
  // The backup job is made beside the rule, and the kill may have cut off both.
  expect(await refusal(stack.up())).toMatch(
    /HA rule 'apart' already defined|Job 'all' already exists/,
  );
  // Nothing is lost by having tried.
  expect(await recover(stack)).toContain(
    `${types.rule} "apart" had been created; it is in the state now`,
  );
  expect(await refusal(stack.up())).toBe("accepted");
});

engineTest("rejects a stack that somebody else holds", async () => {
  const folder = stateFolder();
  const { stack } = await openScene(folder);
  const locks = join(folder, "backend", ".pulumi", "locks", "organization", "raw", "raw");
  mkdirSync(locks, { recursive: true });
  const timestamp = "2026-01-01T00:00:00Z";
  const held = { pid: 7, username: "ann", hostname: "desk", timestamp };
  writeFileSync(join(locks, "0.json"), JSON.stringify(held));
  expect(await refusal(recover(stack))).toBe(
    "stack raw is locked by process 7 of ann@desk since 2026-01-01T00:00:00Z; wait until it ends, or run `pulumi cancel` if it is gone",
  );
});

engineTest("a backend whose attributes were cut off can be read again", async () => {
  const stateDir = stateFolder();
  const { sim, stack } = await openScene(stateDir);
  const backendUrl = `file://${stateDir}`;
  const open = () => openStack({ ...stackOf("raw"), sim, stateDir, backendUrl });
  await (await open()).up();
  truncateSync(join(stateDir, ".pulumi", "stacks", "raw", "raw.json.attrs"));
  expect(await refusal(open())).toMatch(/failed to load checkpoint: EOF/);
  expect(repairBackend(backendUrl, "raw")).toHaveLength(1);
  expect(Object.keys((await (await open()).up()).summary.resourceChanges ?? {})).toEqual(["same"]);
  expect(stack.name).toBe("raw");
});
