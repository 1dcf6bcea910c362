import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { repairBackend } from "../../cli/commands/recover/backend";
import { recover } from "../../cli/commands/recover/run";
import { openStack } from "../../clients/pulumi/engine";
import { root, startHomelab } from "../support/clusters/homelab";
import {
  createdTwice,
  engine,
  engineTest,
  killUpAt,
  openScene,
  stateFolder,
} from "../support/engine";
import { refusal, types } from "../support/platform";
import { stackOf } from "../support/programs/stacks";

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
    `${pending.type} "${pending.name}" had not been created; the next up creates it`,
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
    `${types.rule} "apart" had been created; it was added to the state`,
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

engineTest(
  "the recover command opens the user's own stack with the engine that a preview finds",
  async () => {
    const folder = stateFolder();
    const env = {
      PULUMI_BACKEND_URL: `file://${folder}`,
      PULUMI_HOME: join(folder, "home"),
      PULUMI_CONFIG_PASSPHRASE: "only here",
    };
    // Of the same project, but elsewhere: the CLI writes a stack file beside the project's.
    writeFileSync(join(folder, "Pulumi.yaml"), readFileSync(join(root, "Pulumi.yaml")));
    const args = ["stack", "init", "mine", "--non-interactive"];
    const pulumi = join(engine?.dir ?? "", "pulumi");
    const init = spawnSync(pulumi, args, { cwd: folder, env: { ...process.env, ...env } });
    expect(init.status, String(init.stderr)).toBe(0);
    const recovered = (stack: string) =>
      startHomelab(["recover", "--stack", stack], root, env).ended;
    expect(await recovered("mine")).toEqual({
      code: 0,
      stdout: "nothing was left unfinished\n",
      stderr: "",
    });
    expect(await recovered("yours")).toEqual({
      code: 4,
      stdout: "",
      stderr:
        'the state backend has no stack "yours"; set PULUMI_BACKEND_URL or run `pulumi login` for the one that has it\n',
    });
    const nowhere = { ...env, PULUMI_BACKEND_URL: "ftp://nowhere" };
    const { code, stderr } = await startHomelab(["recover", "--stack", "mine"], root, nowhere)
      .ended;
    expect([code, stderr.split("\n")]).toEqual([
      4,
      [expect.stringMatching(/^stack "mine" cannot be opened: /), ""],
    ]);
  },
);
