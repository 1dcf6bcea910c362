import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { homelab, root, startHomelab } from "../../../support/clusters/homelab";
import { until } from "../../../support/cutover/house";
import { servedPair, touch, VIP } from "../../../support/rehearsed-pair";
import type { Sshd } from "../../../support/sshd";

/**
 * systemd of a member: what it is told to stop gives the address to the other one, what it is told to
 * start takes it back, and a timer is a file. The real one is in the lab.
 *
 * @param also shell that runs when the service is stopped
 */
function systemd(own: Sshd, other: Sshd, also = ":"): void {
  const systemctl = `#!/bin/sh
echo "$*" >>"$HOST/asked"
case "$*" in
  "is-active --quiet homelab-drill-undo.timer") exec test -e "$HOST/armed" ;;
  "is-active lsyncd.service") echo active ;;
  "stop homelab-drill-undo.timer") rm -f "$HOST/armed" ;;
  "stop --no-block traefik") rm -f "$HOST/owner"; : >"${other.dir}/owner"; ${also} ;;
  start*) rm -f "${other.dir}/owner"; : >"$HOST/owner" ;;
esac
`;
  writeFileSync(join(own.dir, "bin/systemctl"), systemctl, { mode: 0o755 });
  const run = '#!/bin/sh\necho "$*" >>"$HOST/asked"\n: >"$HOST/armed"\n';
  writeFileSync(join(own.dir, "bin/systemd-run"), run, { mode: 0o755 });
  writeFileSync(join(own.dir, "aside"), "0\n");
}

/** A pair that can be drilled, and a service behind its address that always answers. */
async function pair(also?: (second: Sshd) => string) {
  const rehearsed = await servedPair();
  const { first, second, flags } = rehearsed;
  systemd(first, second, also?.(second));
  systemd(second, first);
  const web = createServer((_request, response) => response.end("well"));
  await new Promise<void>((resolve) => web.listen(0, VIP, resolve));
  onTestFinished(() => void web.close());
  const url = `http://${VIP}:${(web.address() as AddressInfo).port}/`;
  const [, file = ""] = flags;
  const args = ["drill", ...flags, "--url", url, "--faults", "service-stopped"];
  const records = join(dirname(file), ".homelab", "drills");
  return { ...rehearsed, args, records };
}

const asked = ({ dir }: Sshd) =>
  existsSync(join(dir, "asked")) ? readFileSync(join(dir, "asked"), "utf8").trim().split("\n") : [];

const owns = ({ dir }: Sshd) => existsSync(join(dir, "owner"));

test("a drill arms the undo before the fault, takes it back, and leaves a record and a picture", async () => {
  const { first, second, args, records } = await pair();
  const { code, stdout, stderr } = await homelab(...args, "--yes");
  expect([code, stderr.split("\n").slice(-4, -1)]).toEqual([
    0,
    [
      expect.stringContaining("takes that back by itself"),
      "taking back: traefik stopped on traefik",
      expect.stringMatching(/^wrote /),
    ],
  ]);
  expect(stdout).toContain("drill of rehearsed, traefikPairs.traefik: as the model says");
  expect(stdout).toMatch(/traefik stopped +\d\.\d\d s +\d\.\d\d s +≤ \d+\.\d\d s +0 of \d+/);
  expect(stdout).toContain("restored: traefik serves, and has 127.0.0.101");
  const told = asked(first);
  const at = (text: string) => told.findIndex((line) => line.includes(text));
  expect(at("--unit=homelab-drill-undo")).toBeGreaterThan(0);
  expect(at("stop --no-block traefik")).toBeGreaterThan(at("--unit=homelab-drill-undo"));
  expect(told.findLastIndex((line) => line.startsWith("start traefik"))).toBeGreaterThan(
    at("stop --no-block"),
  );
  expect([owns(first), owns(second), existsSync(join(first.dir, "armed"))]).toEqual([
    true,
    false,
    false,
  ]);
  expect(readdirSync(records).map((name) => name.replace(/\d.*Z/, "TIME"))).toEqual([
    "rehearsed-traefikPairs.traefik-TIME.json",
    "rehearsed-traefikPairs.traefik.svg",
  ]);
  const again = await homelab(
    ...args.filter((arg) => arg !== "drill").toSpliced(0, 0, "drill"),
    "--history",
  );
  expect(again.stdout).toContain("traefikPairs.traefik: 1 drills");
}, 120_000);

test("a second host that fails half-way ends the drill, which takes back what it did and says the rest", async () => {
  const { first, args } = await pair((second) => `: >"${second.dir}/sick"`);
  const { code, stdout } = await homelab(
    ...args,
    "--faults",
    "service-stopped,service-hung",
    "--yes",
  );
  expect(code).toBe(1);
  expect(stdout).toContain('surprise at "traefik stopped": traefik-2: ');
  expect(stdout).toContain("restored: traefik serves, and has 127.0.0.101");
  expect(stdout).toContain(
    "not restored: traefik-2 is not as before, and the drill did nothing to it: ",
  );
  expect(stdout).toContain("not made any more: service-hung");
  expect([owns(first), existsSync(join(first.dir, "armed"))]).toEqual([true, false]);
}, 120_000);

test("nothing is done without a person or --yes, nor beside what is degraded, nor in another drill", async () => {
  const { first, second, args } = await pair();
  const quiet = () => asked(first).filter((line) => /homelab-drill-undo --desc|^stop/.test(line));
  const alone = await homelab(...args);
  expect([alone.code, alone.stderr]).toEqual([
    4,
    expect.stringContaining("nobody is here to confirm"),
  ]);
  expect(quiet()).toEqual([]);
  touch(second, "sick");
  const degraded = await homelab(...args, "--yes");
  expect([degraded.code, degraded.stderr]).toEqual([
    4,
    expect.stringContaining("a drill begins only when nothing is degraded; nothing was changed"),
  ]);
  expect(quiet()).toEqual([]);
  rmSync(join(second.dir, "sick"));
  touch(first, "armed");
  const under = await homelab(...args, "--yes");
  expect([under.code, under.stdout]).toEqual([
    1,
    expect.stringContaining("traefik: a drill is under way here already, so no fault was made"),
  ]);
  // The other drill's undo stays armed.
  expect([quiet(), existsSync(join(first.dir, "armed"))]).toEqual([[], true]);
}, 120_000);

test("Ctrl-C takes the fault back before it ends", async () => {
  const { first, second, args } = await pair();
  // The other member does not get the address, so the drill goes on waiting for it.
  systemd(first, { ...second, dir: first.dir });
  const { child, texts, ended } = startHomelab([...args, "--yes"], root);
  await until(() => texts.stderr.includes("takes that back by itself"), 60_000);
  child.kill("SIGINT");
  const { code } = await ended;
  expect(code).toBe(130);
  expect(texts.stderr).toContain("stopping: the fault is taken back first");
  expect(texts.stderr).toContain("restored: traefik serves, and has 127.0.0.101");
  expect(texts.stderr).toContain("stopped; done: traefik stopped on traefik, and back");
  expect([owns(first), existsSync(join(first.dir, "armed"))]).toEqual([true, false]);
}, 120_000);

test("a drill whose record nobody could keep is not begun", async () => {
  const { first, args, records } = await pair();
  mkdirSync(dirname(records), { recursive: true });
  writeFileSync(records, "a file in the folder's place");
  const { code, stderr } = await homelab(...args, "--yes");
  expect(code).toBe(4);
  expect(stderr).toContain(`the records of drills: ${records} cannot be written (EEXIST)`);
  expect(asked(first).filter((line) => line.startsWith("stop"))).toEqual([]);
});
