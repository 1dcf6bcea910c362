import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { sshHosts } from "../../sim/command/ssh";
import { Faults } from "../../sim/faults";
import { Platform } from "../../sim/platform";
import type { Props } from "../../sim/props";
import { seedWorld } from "../../sim/seed";
import { World } from "../../sim/world";
import { create, refusal, smallSeed, types } from "../support/platform";
import { freePort, type Sshd, startSshd } from "../support/sshd";

const platform = () => new Platform(World.inMemory(seedWorld(smallSeed)), new Faults(), sshHosts);

/** A message without what differs from run to run. */
const plain = (message: string, { connection, dir }: Sshd) =>
  message
    .replaceAll(`:${connection.port}`, ":PORT")
    .replaceAll(dir, "DIR")
    .replaceAll(/SHA256:\S{43}/g, "SHA256:...");

async function refused(sshd: Sshd, inputs: Props): Promise<string> {
  return plain(await refusal(create(platform(), types.command, inputs)), sshd);
}

test("a command runs on the host with its input, and what it prints is its output", async () => {
  const { connection, dir } = await startSshd();
  const on = platform();
  const script = `tee ${dir}/file; echo note >&2`;
  const { outputs } = await create(on, types.command, {
    connection,
    create: script,
    stdin: "first\nsecond\n",
  });
  expect(outputs).toMatchObject({ stdout: "first\nsecond", stderr: "note" });
  expect(readFileSync(join(dir, "file"), "utf8")).toBe("first\nsecond\n");
  expect(on.world.state.hosts["127.0.0.1"]?.runs).toHaveLength(1);
});

test("a command without input sees the end of its input at once", async () => {
  const { connection } = await startSshd();
  const { outputs } = await create(platform(), types.command, { connection, create: "wc -c" });
  expect(outputs.stdout).toBe("0");
});

test("an input of a megabyte arrives whole, and so does an output of one", async () => {
  const { connection, dir } = await startSshd();
  const stdin = "0123456789abcde\n".repeat(65_536);
  const { outputs } = await create(platform(), types.command, {
    connection,
    create: `tee ${dir}/big`,
    stdin,
  });
  const sum = (text: string) => createHash("sha256").update(text).digest("hex");
  expect(sum(`${String(outputs.stdout)}\n`)).toBe(sum(stdin));
  expect(sum(readFileSync(join(dir, "big"), "utf8"))).toBe(sum(stdin));
});

test("a command may end before it has read its input", async () => {
  const { connection } = await startSshd();
  const inputs = { connection, create: "head -c 1", stdin: "x".repeat(1 << 20) };
  expect((await create(platform(), types.command, inputs)).outputs.stdout).toBe("x");
});

test("rejects a command that fails, with its exit status and all that it said", async () => {
  const sshd = await startSshd();
  const script = "echo out; echo 'it \"broke\"' >&2; exit 7";
  expect(await refused(sshd, { connection: sshd.connection, create: script })).toBe(
    `Process exited with status 7: running "echo out; echo 'it \\"broke\\"' >&2; exit 7":\nout\nit "broke"\n`,
  );
});

test("rejects a command that a signal ends", async () => {
  const sshd = await startSshd();
  expect(await refused(sshd, { connection: sshd.connection, create: "kill -9 $$" })).toBe(
    'Process exited with status 137 from signal KILL: running "kill -9 $$":\n',
  );
});

test("rejects a command whose connection breaks in the middle", async () => {
  const sshd = await startSshd();
  const { connection, dir } = sshd;
  // The parent of the command is the server's process of this one connection.
  const script = `echo $PPID >${dir}/server; sleep 30`;
  const message = refused(sshd, { connection, create: script });
  const server = () => Number(readFileSync(join(dir, "server"), "utf8"));
  await vi.waitFor(() => expect(server()).toBeGreaterThan(1), 20_000);
  process.kill(server(), "SIGKILL");
  expect(await message).toBe(
    'wait: remote command exited without exit status or exit signal: running "echo $PPID >DIR/server; sleep 30":\n',
  );
});

test("rejects a host that shows another key than the pinned one, before anything runs", async () => {
  const sshd = await startSshd();
  await sshd.changeHostKey();
  const inputs = { connection: sshd.connection, create: `touch ${sshd.dir}/ran` };
  expect(await refused(sshd, inputs)).toBe(
    "after 1 failed attempts: ssh: handshake failed: ssh: host key mismatch: 127.0.0.1:PORT shows SHA256:..., pinned is SHA256:...",
  );
  expect(existsSync(join(sshd.dir, "ran"))).toBe(false);
});

test("a host whose key is not pinned is believed, as by the real provider", async () => {
  const { connection } = await startSshd();
  const { hostKey: _, ...unpinned } = connection;
  const inputs = { connection: unpinned, create: "echo in" };
  expect((await create(platform(), types.command, inputs)).outputs.stdout).toBe("in");
});

test("rejects a key that the host does not let in", async () => {
  const [sshd, other] = [await startSshd(), await startSshd()];
  const { privateKey } = other.connection;
  expect(
    await refused(sshd, { connection: { ...sshd.connection, privateKey }, create: "id" }),
  ).toBe(
    "after 1 failed attempts: ssh: handshake failed: ssh: unable to authenticate at 127.0.0.1:PORT",
  );
});

test("rejects a closed port after as many failed dials as the limit", async () => {
  const port = await freePort();
  const connection = { host: "127.0.0.1", port, dialErrorLimit: 3, perDialTimeout: 2 };
  expect(await refusal(create(platform(), types.command, { connection, create: "id" }))).toBe(
    `after 3 failed attempts: dial tcp 127.0.0.1:${port}: connect: connection refused`,
  );
});

test("rejects a private key that is none, without showing it", async () => {
  const sshd = await startSshd();
  const connection = { ...sshd.connection, privateKey: "hunter2" };
  expect(await refused(sshd, { connection, create: "id" })).toBe(
    "connection.privateKey: Unsupported key format",
  );
  expect(sshd.connections()).toBe(0);
});

test("variables that the server takes are set; rejects any other, and runs nothing", async () => {
  const sshd = await startSshd();
  const { connection, dir } = sshd;
  const greet = { connection, create: 'echo "$GREETING"', environment: { GREETING: "good day" } };
  expect((await create(platform(), types.command, greet)).outputs.stdout).toBe("good day");
  const unknown = { connection, create: `touch ${dir}/ran`, environment: { SECRET_PLAN: "x" } };
  expect(await refused(sshd, unknown)).toBe(
    'could not set environment variable "SECRET_PLAN": ssh: setenv failed',
  );
  expect(existsSync(join(dir, "ran"))).toBe(false);
});

test("an update sees what the last run printed, unless it is told not to", async () => {
  const { connection } = await startSshd();
  const on = platform();
  const inputs = { connection, create: "echo one", update: 'echo "$PULUMI_COMMAND_STDOUT, two"' };
  const { id, outputs } = await create(on, types.command, inputs);
  const second = await on.update(types.command, "it", { id, outputs }, inputs);
  expect(second.stdout).toBe("one, two");
  const blind = { ...inputs, addPreviousOutputInEnv: false };
  expect((await on.update(types.command, "it", { id, outputs: second }, blind)).stdout).toBe(
    ", two",
  );
});

test("a deletion runs `delete` with the connection of the state; without `delete` nobody connects", async () => {
  const sshd = await startSshd();
  const { connection, dir } = sshd;
  const on = platform();
  await on.delete(types.command, "it", "id", { connection, create: "echo", stdout: "" });
  expect(sshd.connections()).toBe(0);
  const state = { connection, delete: `echo "$PULUMI_COMMAND_STDOUT" >${dir}/gone`, stdout: "was" };
  await on.delete(types.command, "it", "id", state);
  expect(readFileSync(join(dir, "gone"), "utf8")).toBe("was\n");
  expect(sshd.connections()).toBe(1);
});

test("a preview connects to nobody", async () => {
  const sshd = await startSshd();
  const on = platform();
  const inputs = { connection: sshd.connection, create: "echo" };
  await on.create(types.command, "it", inputs, true);
  await on.update(
    types.command,
    "it",
    { id: "id", outputs: inputs },
    { ...inputs, update: "echo" },
    true,
  );
  await on.create(types.copy, "it", { ...inputs, source: { text: "x" }, remotePath: "/x" }, true);
  expect(sshd.connections()).toBe(0);
});

test("a text, a file and a folder are copied to the place that the provider chooses", async () => {
  const { connection, dir } = await startSshd();
  const on = platform();
  const [from, to] = [join(dir, "from"), join(dir, "to")];
  mkdirSync(join(from, "inner"), { recursive: true });
  mkdirSync(to);
  writeFileSync(join(from, "a"), "A");
  writeFileSync(join(from, "inner", "b"), "B");
  const copy = (source: Props, remotePath: string) =>
    create(on, types.copy, { connection, source, remotePath });
  await copy({ text: "text" }, join(to, "new", "text"));
  await copy({ path: join(from, "a") }, to);
  await copy({ path: join(from, "a") }, join(to, "renamed"));
  await copy({ path: from }, to);
  await copy({ path: `${from}/` }, join(to, "contents"));
  const read = (...path: string[]) => readFileSync(join(to, ...path), "utf8");
  expect(read("new", "text")).toBe("text");
  expect([read("a"), read("renamed")]).toEqual(["A", "A"]);
  expect([read("from", "a"), read("from", "inner", "b")]).toEqual(["A", "B"]);
  expect([read("contents", "a"), read("contents", "inner", "b")]).toEqual(["A", "B"]);
});

test("a copied file keeps the mode that it has on the host", async () => {
  const { connection, dir } = await startSshd();
  const remotePath = join(dir, "secret");
  writeFileSync(remotePath, "old", { mode: 0o600 });
  await create(platform(), types.copy, { connection, source: { text: "new" }, remotePath });
  expect(readFileSync(remotePath, "utf8")).toBe("new");
  expect(statSync(remotePath).mode & 0o777).toBe(0o600);
});

test("rejects a text that would be copied onto a folder", async () => {
  const sshd = await startSshd();
  const inputs = {
    connection: sshd.connection,
    source: { text: "x" },
    remotePath: sshd.dir,
  };
  expect(plain(await refusal(create(platform(), types.copy, inputs)), sshd)).toBe(
    "remote path DIR is a directory; when using a text asset, remotePath must be a file path",
  );
});
