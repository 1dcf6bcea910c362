import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { dial, runOn } from "../../../clients/ssh/client";
import { hostFileScript } from "../../../templates/host/host-file";
import { homelab } from "../../support/clusters/homelab";
import { rehearsedPair, touch } from "../../support/rehearsed-pair";
import type { Sshd } from "../../support/sshd";

/** A pair of which the first owns the address, and a command that brings it back. */
async function pair() {
  const { first, second, homelabOn } = await rehearsedPair();
  const rollback = (...more: string[]) => homelabOn("rollback", ...more);
  return { first, second, rollback };
}

const routes = ({ dir }: Sshd) => readFileSync(join(dir, "routes.yml"), "utf8");

/** A roll-out that puts one text in place and, if it ends well, notes that all is healthy. */
async function rollOut(host: Sshd, text: string, ended: "well" | "badly" = "well"): Promise<void> {
  const script = hostFileScript({
    host: "host",
    path: join(host.dir, "routes.yml"),
    sha256: createHash("sha256").update(text).digest("hex"),
    mode: "0644",
    owner: `${host.connection.user}:${groupOf(host.connection.user)}`,
    test: '[ ! -e "$HOST/strict" ] || { echo "line 1: no such key"; exit 1; }',
    reload: "systemctl reload routes",
  });
  const client = await dial(host.connection);
  const note = 'date +%s%N >>"$HOMELAB_HA_HISTORY/.healthy"';
  const { failure, output } = await runOn(client, script, { stdin: text });
  if (ended === "well") await runOn(client, note);
  client.end();
  expect({ failure, output }).toEqual({ failure: undefined, output: "" });
}

function groupOf(user: string): string {
  return user === "root" ? "root" : user;
}

test("a pair goes back to its last healthy files, first whoever has not the address", async () => {
  const { first, second, rollback } = await pair();
  for (const text of ["one\n", "two\n"]) {
    await rollOut(second, text);
    await rollOut(first, text);
  }
  const { code, stdout, stderr } = await rollback();
  expect({ code, stdout, stderr }).toMatchInlineSnapshot(`
    {
      "code": 0,
      "stderr": "traefik-2 goes back to TIME
    traefik goes back to TIME
    ",
      "stdout": "traefik-2: /routes.yml: went back
    traefik: /routes.yml: went back
    the hosts went back, but the state of stack rehearsed could not be updated (REASON): a \`pulumi up\` writes only what changes in the stack file; mark the files of traefik-2 and traefik with \`pulumi state taint\` to have all of them written
    ",
    }
  `);
  expect([routes(first), routes(second)]).toEqual(["one\n", "one\n"]);
  const asked = readFileSync(join(second.dir, "asked"), "utf8");
  expect(asked).toContain("reload routes\n");
  // The next run of the same script finds another text and puts its own in place.
  await rollOut(second, "two\n");
  expect(routes(second)).toBe("two\n");
}, 60_000);

test("--dry-run says how far each member would go back, and changes nothing", async () => {
  const { first, second, rollback } = await pair();
  for (const text of ["one\n", "two\n"]) {
    await rollOut(second, text);
    await rollOut(first, text);
  }
  const { code, stdout } = await rollback("--dry-run");
  expect(code).toBe(0);
  expect(stdout.split("\n").filter((line) => line.includes("would go back to"))).toHaveLength(2);
  expect(stdout).not.toContain("went back");
  expect([routes(first), routes(second)]).toEqual(["two\n", "two\n"]);
}, 60_000);

test("a roll-out that broke in the middle is undone where it came to, and nowhere else", async () => {
  const { first, second, rollback } = await pair();
  for (const text of ["zero\n", "one\n"]) {
    await rollOut(second, text);
    await rollOut(first, text);
  }
  await rollOut(second, "two\n", "badly");
  expect(routes(second)).toBe("two\n");
  const { code, stdout } = await rollback();
  expect({ code, stdout }).toMatchInlineSnapshot(`
    {
      "code": 0,
      "stdout": "traefik-2: /routes.yml: went back
    traefik: the last roll-out did not reach it; it stays as it is
    the hosts went back, but the state of stack rehearsed could not be updated (REASON): a \`pulumi up\` writes only what changes in the stack file; mark the files of traefik-2 with \`pulumi state taint\` to have all of them written
    ",
    }
  `);
  expect([routes(first), routes(second)]).toEqual(["one\n", "one\n"]);
}, 60_000);

test("rejects an older file that its daemon refuses, and leaves the owner of the address alone", async () => {
  const { first, second, rollback } = await pair();
  for (const text of ["one\n", "two\n"]) {
    await rollOut(second, text);
    await rollOut(first, text);
  }
  touch(second, "strict");
  const { code, stdout } = await rollback();
  expect({ code, stdout }).toMatchInlineSnapshot(`
    {
      "code": 1,
      "stdout": "traefik-2: /routes.yml: its daemon refuses the older text: line 1: no such key
    traefik-2: every file: stays as it is
    traefik-2: not everything went back; the other members are left as they are
    ",
    }
  `);
  expect([routes(first), routes(second)]).toEqual(["two\n", "two\n"]);
}, 60_000);

test("rejects to go on when the first member is not healthy afterwards", async () => {
  const { first, second, rollback } = await pair();
  for (const text of ["one\n", "two\n"]) {
    await rollOut(second, text);
    await rollOut(first, text);
  }
  touch(second, "sick");
  const { code, stdout } = await rollback();
  expect({ code, stdout }).toMatchInlineSnapshot(`
    {
      "code": 1,
      "stdout": "traefik-2: /routes.yml: went back
    traefik-2 is not healthy after 90 s: http://127.0.0.1:8080/ping does not answer with 200; the other members are left as they are
    the last words of traefik
    the last words of traefik-check-watcher.service
    the last words of traefik-config-watcher.service
    the last words of traefik-config-sum.socket
    the last words of keepalived
    the hosts went back, but the state of stack rehearsed could not be updated (REASON): a \`pulumi up\` writes only what changes in the stack file; mark the files of traefik-2 with \`pulumi state taint\` to have all of them written
    ",
    }
  `);
  expect([routes(first), routes(second)]).toEqual(["two\n", "one\n"]);
}, 60_000);

test("rejects a member that cannot be asked or has another key, before anything is changed", async () => {
  const { first, second, rollback } = await pair();
  for (const text of ["one\n", "two\n"]) await rollOut(first, text);
  await second.changeHostKey();
  const changed = await rollback();
  expect(changed).toMatchInlineSnapshot(`
    {
      "code": 4,
      "stderr": "traefik-2 cannot be asked: after 2 failed attempts: ssh: handshake failed: ssh: host key mismatch: 127.0.0.103:PORT shows SHA256:..., pinned is SHA256:...
    nothing was changed; to go on without it: --member traefik
    ",
      "stdout": "",
    }
  `);
  await second.stop();
  const closed = await rollback();
  expect(closed.code).toBe(4);
  expect(closed.stderr).toContain("dial tcp 127.0.0.103:PORT: connect: connection refused");
  expect(routes(first)).toBe("two\n");
}, 60_000);

test("a pair with only one roll-out has nothing to go back to", async () => {
  const { first, second, rollback } = await pair();
  await rollOut(second, "one\n");
  const { code, stdout } = await rollback();
  expect({ code, stdout }).toMatchInlineSnapshot(`
    {
      "code": 1,
      "stdout": "traefik-2: there is nothing before its first roll-out; it stays as it is
    traefik: the last roll-out did not reach it; it stays as it is
    ",
    }
  `);
  expect([existsSync(join(first.dir, "history")), routes(second)]).toEqual([false, "one\n"]);
}, 60_000);

test("rejects a pair or a member that the stack file does not have", async () => {
  const pairless = await homelab("rollback", "--pair", "treafik");
  expect(pairless).toMatchObject({ code: 2, stdout: "" });
  expect(pairless.stderr).toMatchInlineSnapshot(`
    "there is no pair "treafik"; did you mean "traefik"?
    "
  `);
  const other = await homelab("rollback", "--pair", "traefik", "--member", "traefik-3");
  expect(other.stderr).toMatchInlineSnapshot(`
    "there is no member "traefik-3"; did you mean "traefik-2"?
    "
  `);
}, 60_000);
