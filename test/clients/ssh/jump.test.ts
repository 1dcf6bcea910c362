import { expect, test } from "vitest";
import { dial, runOn } from "../../../clients/ssh/client";
import type { SshConnection } from "../../../clients/ssh/connection";
import { refusal } from "../../support/platform";
import { freePort, startSshd } from "../../support/sshd";

/** A host that is reached through another one; each has a key of its own, and lets one private key in. */
async function scene() {
  const jump = await startSshd();
  const target = await startSshd({ host: "127.0.0.2", identity: jump.identity });
  const { host, port, user, hostKey } = jump.connection;
  const proxy = { host, port, user, hostKey };
  const once = { dialErrorLimit: 0, perDialTimeout: 5 };
  const connection: SshConnection = { ...target.connection, ...once, proxy };
  return { jump, target, connection, proxy };
}

const said = async (connection: SshConnection) => {
  const client = await dial(connection);
  try {
    return (await runOn(client, "echo $SSH_CONNECTION; cat", { stdin: "text" })).stdout;
  } finally {
    client.end();
  }
};

test("a host is reached through the jump host, and both connections end", async () => {
  const { jump, target, connection } = await scene();
  const answer = await said(connection);
  expect(answer.split(" ")[2]).toBe("127.0.0.2");
  expect(answer).toMatch(/\ntext$/);
  expect([jump.connections(), target.connections()]).toEqual([1, 1]);
  await said(connection);
  expect([jump.connections(), target.connections()]).toEqual([2, 2]);
});

test("the key of the jump host is pinned by itself, and so is that of the host behind it", async () => {
  const { jump, target, connection, proxy } = await scene();
  const strange = { ...proxy, hostKey: target.connection.hostKey };
  expect(await refusal(dial({ ...connection, proxy: strange }))).toMatch(
    /jump host 127\.0\.0\.1:\d+: ssh: handshake failed: ssh: host key mismatch: 127\.0\.0\.1:/,
  );
  // Nobody was asked for anything behind it.
  expect(target.connections()).toBe(0);
  expect(await refusal(dial({ ...connection, hostKey: jump.connection.hostKey }))).toMatch(
    /^after 0 failed attempts: ssh: handshake failed: ssh: host key mismatch: 127\.0\.0\.2:/,
  );
});

test("what is gone is named: the jump host, or the host behind it", async () => {
  const { jump, connection } = await scene();
  const nobody = { ...connection, host: "127.0.0.3", port: await freePort("127.0.0.3") };
  expect(await refusal(dial(nobody))).toMatch(
    /dial tcp 127\.0\.0\.3:\d+ through 127\.0\.0\.1:\d+: .*Connection refused/,
  );
  await jump.stop();
  expect(await refusal(dial(connection))).toMatch(
    /jump host 127\.0\.0\.1:\d+: dial tcp 127\.0\.0\.1:\d+: connect: connection refused/,
  );
});

test("a key that the jump host does not let in is not tried behind it", async () => {
  const { target, connection, proxy } = await scene();
  const other = await startSshd();
  const { privateKey } = other.connection;
  expect(await refusal(dial({ ...connection, proxy: { ...proxy, privateKey } }))).toMatch(
    /jump host .* unable to authenticate/,
  );
  expect(target.connections()).toBe(0);
});
