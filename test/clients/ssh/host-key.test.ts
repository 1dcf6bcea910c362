import { writeFileSync } from "node:fs";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { shownHostKey } from "../../../clients/ssh/host-key";
import { beginRun } from "../../../clients/watch";
import { startSshd } from "../../support/sshd";
import { runTool } from "../../support/tools";

test("a host's key is fetched without logging in, and has the fingerprint that ssh-keygen prints", async () => {
  const sshd = await startSshd();
  const { host, port, hostKey } = sshd.connection;
  const shown = await shownHostKey(host, port);
  expect(shown.key).toBe(hostKey);
  const file = join(sshd.dir, "shown.pub");
  writeFileSync(file, `${shown.key}\n`);
  expect(runTool("ssh-keygen", ["-lf", file]).output).toContain(` ${shown.fingerprint} `);
  expect(await shownHostKey(host, port, "ssh-ed25519")).toEqual(shown);
});

test("a kind of key that the host does not have is said to be none", async () => {
  const { host, port } = (await startSshd()).connection;
  await expect(shownHostKey(host, port, "ssh-rsa")).rejects.toThrow("no matching host key");
});

test("nobody there, somebody who hangs up, and Ctrl-C before an answer each end it", async () => {
  await expect(shownHostKey("127.0.0.1", 1)).rejects.toThrow("ECONNREFUSED");
  const open = async (talk: (socket: Socket) => void) => {
    const server = createServer(talk).listen(0, "127.0.0.1");
    onTestFinished(() => void server.close());
    await new Promise((resolve) => server.once("listening", resolve));
    return (server.address() as AddressInfo).port;
  };
  await expect(
    shownHostKey("127.0.0.1", await open((socket) => socket.destroy())),
  ).rejects.toThrow();
  const silent = await open(() => {});
  setTimeout(beginRun().interrupt, 100);
  await expect(shownHostKey("127.0.0.1", silent)).rejects.toThrow("stopped before it answered");
  // What was stopped once stays stopped; the next run has nothing to do with it.
  await expect(shownHostKey("127.0.0.1", silent)).rejects.toThrow("stopped before it answered");
  beginRun();
  await expect(shownHostKey("127.0.0.1", 1)).rejects.toThrow("ECONNREFUSED");
});
