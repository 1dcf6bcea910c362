import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Stack } from "@pulumi/pulumi/automation";
import { expect, onTestFinished, vi } from "vitest";
import { recover } from "../../cli/commands/recover/run";
import { markMembers } from "../../cli/commands/rollback/state";
import { openStack } from "../../clients/pulumi/engine";
import { dial, runOn } from "../../clients/ssh/client";
import { type Sim, startSim } from "../../sim/server";
import { rollbackScript } from "../../templates/host/rollback";
import { engineTest, stateFolder } from "../support/engine";
import { refusal } from "../support/platform";
import { memberProgram, type Wanted } from "../support/programs/ssh";
import type { SshUp } from "../support/programs/ssh-up-child";
import { type Sshd, startSshd } from "../support/sshd";
import { runTool } from "../support/tools";

interface Scene {
  sshd: Sshd;
  wanted: Wanted;
  stack: Stack;
  sim: Sim;
  stateDir: string;
  read(name: string): string;
}

/** A stack whose commands run on a real SSH server. */
async function scene(): Promise<Scene> {
  const sshd = await startSshd();
  const wanted = { conf: "one\n", routes: "routes\n", copied: "text\n" };
  const sim = await startSim({ commands: "ssh" });
  onTestFinished(() => sim.stop());
  const program = memberProgram(sshd, wanted);
  const stateDir = stateFolder();
  const stack = await openStack({ stack: "ssh", program, sim, stateDir });
  return {
    sshd,
    wanted,
    stack,
    sim,
    stateDir,
    read: (name) => readFileSync(join(sshd.dir, name), "utf8"),
  };
}

const changes = async (up: ReturnType<Stack["up"]>) => (await up).summary.resourceChanges;

engineTest("up writes files over SSH; without changes it connects to nobody", async () => {
  const { sshd, stack, read } = await scene();
  await stack.preview();
  expect(sshd.connections()).toBe(0);
  expect(await changes(stack.up())).toEqual({ create: 4 });
  expect([read("conf"), read("routes"), read("copied/text")]).toEqual([
    "one\n",
    "routes\n",
    "text\n",
  ]);
  expect(read("reloads").split("\n").sort()).toEqual(["", "conf", "routes"]);
  expect(sshd.connections()).toBe(3);
  expect(await changes(stack.up())).toEqual({ same: 4 });
  await stack.refresh();
  expect(sshd.connections()).toBe(3);
});

engineTest("a changed text touches its own file and reloads its own daemon", async () => {
  const { sshd, wanted, stack, read } = await scene();
  await stack.up();
  const before = statSync(join(sshd.dir, "routes"));
  const connections = sshd.connections();
  wanted.conf = "two\n";
  expect(await changes(stack.up())).toEqual({ same: 3, update: 1 });
  expect(read("conf")).toBe("two\n");
  expect(statSync(join(sshd.dir, "routes"))).toMatchObject({
    ino: before.ino,
    mtimeMs: before.mtimeMs,
  });
  expect(read("reloads").split("\n").sort()).toEqual(["", "conf", "conf", "routes"]);
  expect(sshd.connections()).toBe(connections + 1);
});

engineTest(
  "rejects a text that its daemon refuses, names host and file, and the next up repairs",
  async () => {
    const { sshd, wanted, stack, read } = await scene();
    await stack.up();
    wanted.conf = "bad\n";
    const message = await refusal(stack.up());
    expect(message).toContain(
      `first: ${sshd.dir}/conf: its daemon refuses the new text; the old file stays: line 1: bad is not a word`,
    );
    expect(message).toContain("Process exited with status 1: running ");
    expect(read("conf")).toBe("one\n");
    wanted.conf = "good\n";
    expect(await changes(stack.up())).toEqual({ same: 3, update: 1 });
    expect(read("conf")).toBe("good\n");
  },
);

engineTest(
  "rejects a host with another key, and one that is gone; the next up repairs",
  async () => {
    const { sshd, wanted, stack, read } = await scene();
    await stack.up();
    const { host, port } = sshd.connection;
    const pinned = sshd.connection.hostKey;
    wanted.conf = "two\n";
    await sshd.changeHostKey();
    expect(await refusal(stack.up())).toMatch(
      new RegExp(
        `web-first-conf[^]*after 1 failed attempts: ssh: handshake failed: ssh: host key mismatch: ${host}:${port} shows SHA256:`,
      ),
    );
    await sshd.stop();
    expect(await refusal(stack.up())).toContain(
      `after 1 failed attempts: dial tcp ${host}:${port}: connect: connection refused`,
    );
    expect(read("conf")).toBe("one\n");

    await sshd.changeHostKey();
    expect(sshd.currentHostKey()).not.toBe(pinned);
    sshd.connection.hostKey = sshd.currentHostKey();
    await stack.up();
    expect(read("conf")).toBe("two\n");
  },
);

engineTest(
  "a file that was edited on its host or rolled back is written again once it is marked",
  async () => {
    const { sshd, wanted, stack, read } = await scene();
    await stack.up();
    const moment = runTool("date", ["+%s%N"]).output.trim();
    wanted.conf = "two\n";
    await stack.up();
    const client = await dial(sshd.connection);
    const { output } = await runOn(client, rollbackScript({ host: "first", to: moment }));
    client.end();
    expect(output).toContain(`first: ${sshd.dir}/conf: went back\n`);
    writeFileSync(join(sshd.dir, "routes"), "edited\n");
    expect(await changes(stack.up())).toEqual({ same: 4 });
    expect([read("conf"), read("routes")]).toEqual(["one\n", "edited\n"]);

    expect(await markMembers(stack, "web", ["first"])).toBe(2);
    expect(await changes(stack.up())).toEqual({ replace: 2, same: 2 });
    expect([read("conf"), read("routes")]).toEqual(["two\n", "routes\n"]);
    expect(await changes(stack.up())).toEqual({ same: 4 });
  },
);

/** Runs `up` in a process of its own and kills it, with its engine, while the host tries a text. */
async function killUpWhileHostWorks({ sshd, wanted, sim, stateDir }: Scene): Promise<void> {
  const script = join(__dirname, "../support/programs/ssh-up-child.ts");
  const child = spawn(process.execPath, ["--import", "tsx", script], {
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
  });
  const { connection, dir } = sshd;
  const { debugProviders } = sim;
  const reported: SshUp = { sshd: { connection, dir }, wanted, stateDir, debugProviders };
  child.stdin?.end(JSON.stringify(reported));
  const ended = once(child, "exit");
  const begun = () => expect(existsSync(join(dir, "testing"))).toBe(true);
  await vi.waitFor(begun, { timeout: 120_000, interval: 20 });
  process.kill(-Number(child.pid), "SIGKILL");
  await ended;
}

engineTest("an up that is killed while a host works is made up for by the next one", async () => {
  const all = await scene();
  const { sshd, wanted, stack, read } = all;
  await stack.up();
  wanted.conf = "slow\n";
  await killUpWhileHostWorks(all);
  expect(await refusal(stack.up())).toMatch(/the stack is currently locked by 1 lock/);
  expect(await recover(stack)).toEqual([
    expect.stringMatching(/^removed the lock of process \d+, which is gone$/),
    `command:remote:Command "web-first-conf" may have run; the next up runs it again`,
  ]);
  // The host went on without the engine, and nobody but the host knows.
  await vi.waitFor(() => expect(read("conf")).toBe("slow\n"), { timeout: 30_000, interval: 50 });
  // Who takes the change back gets what he had.
  wanted.conf = "one\n";
  expect(await changes(stack.up())).toEqual({ same: 3, replace: 1 });
  expect(read("conf")).toBe("one\n");
  expect(existsSync(join(sshd.dir, ".conf.new"))).toBe(false);
  expect(await changes(stack.up())).toEqual({ same: 4 });
});
