import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { startHomelab } from "../../../support/clusters/homelab";
import { rehearsedPair } from "../../../support/rehearsed-pair";
import type { Sshd } from "../../../support/sshd";

/** A pair in which a member hangs when `program` is asked for while its file `hang` is there. */
async function pair(program: string) {
  const rehearsed = await rehearsedPair();
  const hang = (host: Sshd) => {
    writeFileSync(
      join(host.dir, "bin", program),
      '#!/bin/sh\necho $$ >>"$HOST/hung"\nexec /bin/sleep 600\n',
      { mode: 0o755 },
    );
  };
  for (const { dir } of [rehearsed.first, rehearsed.second])
    writeFileSync(join(dir, "aside"), "0\n");
  return { ...rehearsed, hang };
}

const hungIn = ({ dir }: Sshd) =>
  vi.waitFor(() => expect(readFileSync(join(dir, "hung"), "utf8")).not.toBe(""), {
    timeout: 60_000,
    interval: 20,
  });

test("a switch ends when a member lets us in and hangs, and changes nothing", async () => {
  const { second, hang, homelabOn } = await pair("ip");
  hang(second);
  const { code, stderr } = await homelabOn("switch");
  expect(code).toBe(4);
  expect(stderr.replace(/within [\d.]+ s/, "within N s")).toMatchInlineSnapshot(`
    "traefik-2 cannot be asked: it lets SSH in, but no complete answer within N s; look at its console
    nothing was changed
    "
  `);
}, 60_000);

test("a rollback ends when a member lets us in and hangs, and names the way on without it", async () => {
  const { second, hang, homelabOn } = await pair("ip");
  hang(second);
  const { code, stderr } = await homelabOn("rollback");
  expect(code).toBe(4);
  expect(stderr.replace(/within [\d.]+ s/, "within N s")).toMatchInlineSnapshot(`
    "traefik-2 cannot be asked: it lets SSH in, but no complete answer within N s; look at its console
    nothing was changed; to go on without it: --member traefik
    "
  `);
}, 60_000);

test("a switch whose owner hangs in the middle says what the others know", async () => {
  const { first, hang, homelabOn } = await pair("date");
  hang(first);
  const { code, stdout, stderr } = await homelabOn("switch");
  expect([code, stdout]).toEqual([1, ""]);
  expect(stderr.replace(/within [\d.]+ s/, "within N s")).toMatchInlineSnapshot(`
    "127.0.0.101 is on traefik and goes to traefik-2: drain traefik
    drain traefik: no complete answer within N s, so it is not known whether it did; traefik-2 does not have 127.0.0.101; look at the console of traefik, then at \`npx homelab switch --file /Pulumi.rehearsed.yaml --pair traefikPairs.traefik --back\`
    "
  `);
}, 60_000);

test.each(["SIGINT", "SIGTERM"] as const)(
  "%s ends a switch that hangs, with what was done and what was not",
  async (signal) => {
    const { first, hang, flags } = await pair("date");
    hang(first);
    const { child, ended } = startHomelab(["switch", ...flags]);
    await hungIn(first);
    child.kill(signal);
    const { code, stdout, stderr } = await ended;
    expect([code, stdout]).toEqual([130, ""]);
    expect(stderr.split("\n").slice(1).join("\n")).toMatchInlineSnapshot(`
      "stopping
      drain traefik: stopped before it answered, so it is not known whether it did
      stopped; begun, and not known how far it came: drain traefik
      "
    `);
  },
  60_000,
);

test("twice Ctrl-C ends it as well, and says the same", async () => {
  const { first, hang, flags } = await pair("date");
  hang(first);
  const { child, ended } = startHomelab(["switch", ...flags]);
  await hungIn(first);
  child.kill("SIGINT");
  child.kill("SIGINT");
  setTimeout(() => child.kill("SIGTERM"), 20);
  const { code, stderr } = await ended;
  expect(code).toBe(130);
  expect(stderr).toContain("stopped; begun, and not known how far it came: ");
}, 60_000);
