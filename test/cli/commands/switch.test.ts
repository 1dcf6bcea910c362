import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { homelab } from "../../support/clusters/homelab";
import { rehearsedPair, type StackFile, section, touch } from "../../support/rehearsed-pair";

/**
 * A pair in which the second takes the address while the first steps aside, unless it is `lonely`,
 * and the first takes it again when it steps back.
 */
async function pair(change?: (stack: StackFile) => void) {
  const rehearsed = await rehearsedPair(change);
  const { first, second } = rehearsed;
  const moved = `[ "$(cat ${first.dir}/aside)" = 1 ] && [ ! -e ${second.dir}/lonely ]`;
  const address = 'echo "2: eth0 inet 127.0.0.101/24 scope global eth0"';
  for (const [{ dir }, rule] of [
    [first, `${moved} || ${address}`],
    [second, `${moved} && ${address}`],
  ] as const) {
    writeFileSync(join(dir, "bin/ip"), `#!/bin/sh\n${rule}\n`, { mode: 0o755 });
    writeFileSync(join(dir, "aside"), "0\n");
  }
  const switched = async (...more: string[]) => {
    const { code, stdout, stderr } = await rehearsed.homelabOn("switch", ...more);
    return { code, stdout: stdout.replace(/after \d+\.\d s/, "after TIME"), stderr };
  };
  return { ...rehearsed, switched };
}

const drainFile = ({ dir }: { dir: string }) => readFileSync(join(dir, "aside"), "utf8").trim();

test("the master is drained, says who has the address, and takes it back", async () => {
  const { first, second, switched } = await pair((stack) => {
    Object.assign(section(stack, "traefikPairs").traefik ?? {}, { drainSec: 60 });
  });
  expect(await switched()).toMatchInlineSnapshot(`
    {
      "code": 0,
      "stderr": "127.0.0.101 is on traefik and goes to traefik-2: drain traefik
    ",
      "stdout": "traefik-2 has 127.0.0.101 after TIME
    connections that were open are cut: /usr/local/bin/keepalived_handover.sh is not there; run pulumi up
    traefik stays drained until \`npx homelab switch --file /Pulumi.rehearsed.yaml --pair traefikPairs.traefik --back\` or the next boot
    ",
    }
  `);
  expect([drainFile(first), drainFile(second)]).toEqual(["1", "0"]);
  expect((await switched()).stderr).toMatchInlineSnapshot(`
    "traefik-2 has the address, and traefik is drained; use --back or --to traefik to return it; nothing was changed
    "
  `);
  expect(await switched("--back")).toMatchInlineSnapshot(`
    {
      "code": 0,
      "stderr": "127.0.0.101 is on traefik-2 and goes to traefik: undrain traefik
    ",
      "stdout": "traefik has 127.0.0.101 after TIME
    connections that were open are cut: /usr/local/bin/keepalived_handover.sh is not there; run pulumi up
    ",
    }
  `);
  expect((await switched("--back")).stderr).toMatchInlineSnapshot(`
    "no member is drained; traefik has the address; nothing was changed
    "
  `);
  expect([drainFile(first), drainFile(second)]).toEqual(["0", "0"]);
}, 60_000);

test("--dry-run asks every member, says what would be done, and changes nothing", async () => {
  const { first, second, switched } = await pair();
  const { code, stdout, stderr } = await switched("--dry-run");
  expect([code, stderr]).toEqual([0, ""]);
  expect(stdout).toMatch(
    /^would do: 127\.0\.0\.101 is on traefik and goes to traefik-2: .*; nothing was changed\n$/,
  );
  expect([drainFile(first), drainFile(second)]).toEqual(["0", "0"]);
}, 60_000);

test("rejects a switch to a member that is not healthy, and changes nothing", async () => {
  const { first, second, switched } = await pair();
  touch(second, "sick");
  expect(await switched()).toMatchInlineSnapshot(`
    {
      "code": 4,
      "stderr": "no other member is healthy (traefik-2: http://127.0.0.1:8080/ping does not answer with 200); nothing was changed
    ",
      "stdout": "",
    }
  `);
  const state = 'homelab_keepalived_state{instance="traefik",state="FAULT"} 1\n';
  const { switched: faulty, first: master, second: other } = await pair();
  writeFileSync(join(other.dir, "keepalived_traefik.prom"), state);
  expect((await faulty("--to", "traefik-2")).stderr).toMatchInlineSnapshot(`
    "traefik-2 is not healthy: keepalived says FAULT; nothing was changed
    "
  `);
  expect([drainFile(first), drainFile(master)]).toEqual(["0", "0"]);
}, 60_000);

test("rejects to leave the owner aside when nobody takes over after all", async () => {
  const { first, second, switched } = await pair();
  touch(second, "lonely");
  expect(await switched()).toMatchInlineSnapshot(`
    {
      "code": 1,
      "stderr": "127.0.0.101 is on traefik and goes to traefik-2: drain traefik
    no other member took the address within 6 s; it stays on traefik, as before
    ",
      "stdout": "",
    }
  `);
  expect(drainFile(first)).toBe("0");
}, 60_000);

test("rejects a member that cannot be asked, or has another key", async () => {
  const { first, second, switched } = await pair();
  await second.changeHostKey();
  expect(await switched()).toMatchInlineSnapshot(`
    {
      "code": 4,
      "stderr": "traefik-2 cannot be asked: after 2 failed attempts: ssh: handshake failed: ssh: host key mismatch: 127.0.0.103:PORT shows SHA256:..., pinned is SHA256:...
    nothing was changed
    ",
      "stdout": "",
    }
  `);
  await second.stop();
  expect((await switched("--back")).stderr).toMatchInlineSnapshot(`
    "traefik-2 cannot be asked: after 2 failed attempts: dial tcp 127.0.0.103:PORT: connect: connection refused
    nothing was changed
    "
  `);
  expect(drainFile(first)).toBe("0");
}, 60_000);

test("rejects a pair whose members never preempt, before any host is asked", async () => {
  const { first, switched } = await pair((stack) => {
    Object.assign(section(stack, "traefikPairs").traefik ?? {}, {
      preempt: false,
      check: { weight: 0 },
    });
  });
  expect(await switched()).toMatchInlineSnapshot(`
    {
      "code": 4,
      "stderr": "homelab:traefikPairs.traefik has preempt: false, so no member takes the address from a drained one; stop keepalived on the master instead, which loses requests until another member has the address
    ",
      "stdout": "",
    }
  `);
  expect(first.connections()).toBe(0);
}, 60_000);

test("rejects what is named wrongly", async () => {
  const printed = async (...flags: string[]) => (await homelab("switch", ...flags)).stderr;
  expect(await printed("--pair", "treafik")).toMatchInlineSnapshot(`
    "there is no pair "treafik"; did you mean "traefik"?
    "
  `);
  expect(await printed("--pair", "traefik", "--to", "traefik2")).toMatchInlineSnapshot(`
    "there is no member "traefik2"; did you mean "traefik"?
    "
  `);
  expect(await printed("--pair", "traefik", "--back", "--to", "traefik")).toMatchInlineSnapshot(`
    "found --to and --back; use one of them: --back returns to the preferred member
    "
  `);
  expect(await printed("--pair", "traefik", "--identity", "/none")).toMatchInlineSnapshot(`
    "there is no file /none
    "
  `);
  expect(await printed("--pair", "traefik", "--identity", "README.md")).toMatchInlineSnapshot(`
    "README.md: Unsupported key format; expected a private SSH key without a password
    "
  `);
  expect(await printed()).toMatchInlineSnapshot(`
    "error: required option '--pair <name>' not specified
    "
  `);
}, 60_000);
