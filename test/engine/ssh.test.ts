import { readFileSync, statSync, writeFileSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import type { Stack } from "@pulumi/pulumi/automation";
import { expect, onTestFinished } from "vitest";
import { markMembers } from "../../cli/rollback-state";
import { openStack } from "../../sim/engine";
import { startSim } from "../../sim/server";
import { dial, runOn } from "../../sim/ssh-client";
import { rollbackScript } from "../../templates/rollback";
import { engineTest, stateFolder } from "../support/engine";
import { refusal } from "../support/platform";
import { type Sshd, startSshd } from "../support/sshd";
import { runTool } from "../support/tools";

/** Texts of the member's files; a test changes them between two runs. */
interface Wanted {
  conf: string;
  routes: string;
  copied: string;
}

/** Two files in the safe way, of which the first has a daemon that refuses "bad", and one plain copy. */
function memberProgram(sshd: Sshd, wanted: Wanted) {
  return async () => {
    // Loaded late: they bring the SDKs with them.
    const { hostFile } = await import("../../components/host-files.js");
    const { CopyToRemote } = await import("@pulumi/command/remote/copyToRemote.js");
    const { asset } = await import("@pulumi/pulumi");
    const { connection, dir } = sshd;
    const owner = `${userInfo().username}:${runTool("id", ["-gn"]).words.trim()}`;
    const put = (role: string, content: string) =>
      hostFile(
        `web-first-${role}`,
        {
          host: "first",
          connection,
          path: join(dir, role),
          content,
          owner,
          test: `if grep -q bad "$NEW"; then echo "line 1: bad is not a word"; exit 5; fi`,
          reload: `echo ${role} >>${dir}/reloads`,
        },
        {},
      );
    put("conf", wanted.conf);
    put("routes", wanted.routes);
    new CopyToRemote("web-first-copy", {
      connection,
      source: new asset.StringAsset(wanted.copied),
      remotePath: join(dir, "copied", "text"),
    });
    return {};
  };
}

interface Scene {
  sshd: Sshd;
  wanted: Wanted;
  stack: Stack;
  read(name: string): string;
}

/** A stack whose commands run on a real SSH server. */
async function scene(): Promise<Scene> {
  const sshd = await startSshd();
  const wanted = { conf: "one\n", routes: "routes\n", copied: "text\n" };
  const sim = await startSim({ commands: "ssh" });
  onTestFinished(() => sim.stop());
  const program = memberProgram(sshd, wanted);
  const stack = await openStack({ stack: "ssh", program, sim, stateDir: stateFolder() });
  return { sshd, wanted, stack, read: (name) => readFileSync(join(sshd.dir, name), "utf8") };
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
    const start = Date.now();
    expect(await refusal(stack.up())).toContain(
      `after 1 failed attempts: dial tcp ${host}:${port}: connect: connection refused`,
    );
    expect(Date.now() - start).toBeLessThan(60_000);
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
    const moment = runTool("date", ["+%s%N"]).words.trim();
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
