import { expect, test } from "vitest";
import { changes, create, platform, refusal, smallSeed, types } from "../support/platform";

const connection = { host: "192.0.2.10", hostKey: "ssh-ed25519 AAAA" };
const script = { connection, create: "install", stdin: "content" };

test("a command runs once on its host, and ids are the name with eight digits", async () => {
  const on = platform();
  const first = await create(on, types.command, script, "conf");
  const second = await create(on, types.command, script, "conf");
  expect([first.id, second.id]).toEqual(["conf00000001", "conf00000002"]);
  expect(on.world.state.hosts["192.0.2.10"]?.runs).toHaveLength(2);
  expect(first.outputs).toMatchObject({ stdout: "", stderr: "", create: "install" });
});

test("the world keeps no text of a command or its input, and notes an unpinned host", async () => {
  const on = platform();
  await create(on, types.command, { ...script, connection: { host: "192.0.2.10" } });
  expect(JSON.stringify(on.world.state)).not.toMatch(/install|content/);
  expect(on.world.state.hosts["192.0.2.10"]?.runs[0]?.hostKeyPinned).toBe(false);
});

test("any input of a command changes it in place, except triggers, which replace it", async () => {
  const after = { ...script, stdin: "other", update: "again", triggers: ["1"] };
  expect(await changes(platform(), types.command, script, after)).toEqual([
    "stdin",
    "update",
    "triggers!",
  ]);
  const otherPort = { ...script, connection: { ...connection, port: 2222 } };
  expect(await changes(platform(), types.command, script, otherPort)).toEqual(["connection.port"]);
});

test("an update runs `update`, or `create` again where there is none", async () => {
  const on = platform();
  const { id, outputs } = await create(on, types.command, script);
  await on.update(types.command, "it", { id, outputs }, { ...script, stdin: "other" });
  await on.update(types.command, "it", { id, outputs }, { ...script, update: "reload" });
  const [first, again, update] = on.world.state.hosts["192.0.2.10"]?.runs ?? [];
  expect(again?.command).toBe(first?.command);
  expect(update?.command).not.toBe(first?.command);
});

test("rejects a connection without a host", async () => {
  expect(await refusal(create(platform(), types.command, { create: "x", connection: {} }))).toBe(
    "connection.host: missing required field",
  );
});

test("rejects a command on a host that is off, after as many dials as allowed", async () => {
  const on = platform(smallSeed, [{ kind: "host-down", host: "192.0.2.10" }]);
  const inputs = { ...script, connection: { ...connection, dialErrorLimit: 3 } };
  expect(await refusal(create(on, types.command, inputs))).toBe(
    "after 3 failed attempts: dial tcp 192.0.2.10:22: connect: no route to host",
  );
});

test("a host that is off holds up the deletion of a command with `delete`, not of one without", async () => {
  const on = platform(smallSeed, [{ kind: "host-down", host: "192.0.2.10" }]);
  await on.delete(types.command, "it", "id", script);
  expect(await refusal(on.delete(types.command, "it", "id", { ...script, delete: "rm" }))).toMatch(
    /^after 10 failed attempts/,
  );
});

test("a copied file is written again only when its source or path changed", async () => {
  const on = platform();
  const copy = { connection, source: { text: "a" }, remotePath: "/etc/a" };
  const { id, outputs } = await create(on, types.copy, copy);
  const files = on.world.state.hosts["192.0.2.10"]?.files ?? {};
  const before = files["/etc/a"];
  files["/etc/a"] = "edited by hand";
  await on.update(types.copy, "it", { id, outputs }, { ...copy, triggers: ["1"] });
  expect(files["/etc/a"]).toBe("edited by hand");
  await on.update(types.copy, "it", { id, outputs }, { ...copy, source: { text: "b" } });
  expect(files["/etc/a"]).toMatch(/^[0-9a-f]{64}$/);
  expect(files["/etc/a"]).not.toBe(before);
});
