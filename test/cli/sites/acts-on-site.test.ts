import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { parse, stringify } from "yaml";
import { unitsOf } from "../../../cli/commands/backup/units";
import { setPhase } from "../../../cli/commands/cutover/stack-file";
import { acceptKeys } from "../../../cli/commands/doctor/accept";
import { writeRecord } from "../../../cli/commands/drill/records";
import { chooseStack, parseChosen } from "../../../cli/lib/stack-files";
import type { DrillRecord } from "../../../model/drill/record";
import { homelab, scratch } from "../../support/clusters/homelab";
import { threeSites } from "../../support/clusters/three-sites";
import { rehearsedPair, type StackFile } from "../../support/rehearsed-pair";

/** The rehearsed pair as the site `parents`, beside `home` with the same names at other addresses. */
function asSites(stack: StackFile): void {
  const own = Object.fromEntries(
    ["cluster", "guests", "haGroups", "traefikPairs"].map((name) => [
      name,
      stack.config[`homelab:${name}`],
    ]),
  );
  const decoy = parse(stringify(own).replaceAll("127.0.0.", "127.0.1."));
  const at = (host: string) => ({ proxmox: { endpoint: `https://${host}:8006` } });
  stack.config = {
    "homelab:sites": {
      home: { ...at("pve.a.invalid"), ...decoy },
      parents: { ...at("pve.b.invalid"), ...own },
    },
  };
}

test("a command on a pair asks the hosts of its site and nobody of another", async () => {
  const { first, second, flags } = await rehearsedPair(asSites);
  for (const { dir } of [first, second]) writeFileSync(join(dir, "aside"), "0\n");
  const [, file = ""] = flags;
  const { port } = parse(readFileSync(file, "utf8")).config["homelab:sites"].home.cluster.ssh;
  let strangers = 0;
  for (const host of ["127.0.1.110", "127.0.1.103"]) {
    const decoy = createServer((socket) => {
      strangers++;
      socket.destroy();
    });
    await new Promise<void>((resolve) => decoy.listen(port, host, resolve));
    onTestFinished(() => void decoy.close());
  }
  const on = ["--file", file, "--pair", "parents/traefik", "--identity", first.identity];
  const dry = await homelab("switch", ...on, "--dry-run");
  expect([dry.code, dry.stdout + dry.stderr]).toEqual([
    0,
    expect.stringContaining("127.0.0.101 is on traefik"),
  ]);
  const back = await homelab("rollback", ...on, "--dry-run");
  expect([back.code, strangers]).toEqual([1, 0]);
  expect(back.stderr).not.toContain("cannot be asked");
  // The other site is asked where it is named, and its own hosts only.
  const other = await homelab("switch", ...on.with(3, "home/traefik"), "--dry-run");
  expect([other.code, other.stderr]).toEqual([
    4,
    expect.stringContaining("traefik cannot be asked"),
  ]);
  expect(strangers).toBeGreaterThan(0);
});

function threeFile(...changes: Parameters<typeof threeSites>) {
  const { dir, remove } = scratch();
  onTestFinished(remove);
  const file = join(dir, "Pulumi.three.yaml");
  writeFileSync(file, threeSites(...changes));
  return file;
}

const record = (stack: string, outageSec: number): DrillRecord => ({
  version: 1,
  stack,
  pair: "traefikPairs.traefik",
  startedAt: "2026-11-01T10:00:00.000Z",
  endedAt: "2026-11-01T10:01:00.000Z",
  url: "https://192.168.2.20:443/",
  faults: [
    {
      fault: "planned-switch",
      title: "planned switch",
      member: "traefik-1",
      outageSec,
      requests: 100,
      lost: 0,
      predicted: { movedSec: 1, outageSec: 1, returnedSec: 1 },
      restored: [],
      left: [],
    },
  ],
  notMade: [],
});

test("the history of drills is that of a site and of a pair that there is", async () => {
  const file = threeFile();
  writeRecord(file, record("three.parents", 0.25));
  writeRecord(file, { ...record("three.parents", 0.5), pair: "traefikPairs.gone" });
  const history = async (...args: string[]) => {
    const { code, stdout, stderr } = await homelab("drill", "--history", "--file", file, ...args);
    return [code, code === 0 ? stdout : stderr.trim()];
  };
  const [code, text] = await history("--pair", "parents/traefik");
  expect([code, text]).toEqual([0, expect.stringContaining("traefikPairs.traefik: 1 drills")]);
  expect(text).not.toContain("gone");
  // A pair that the stack has no more is known by its records.
  expect((await history("--site", "parents", "--pair", "gone"))[0]).toBe(0);
  expect(await history("--site", "home")).toEqual([0, "three.home: no drill was made yet\n"]);
  expect(await history("--site", "parents", "--pair", "typo")).toEqual([
    2,
    'there is no pair "typo"; known are gone, traefik; write one of them',
  ]);
  expect(await history("--site", "cottage", "--pair", "traefik")).toEqual([
    2,
    'there is no pair "traefik"; there are none; add it there, or remove this',
  ]);
  expect(await history()).toEqual([2, expect.stringContaining("name one with --site")]);
});

test("messages about a site name its place in the whole file, and its stack", async () => {
  const file = threeFile();
  const said = async (...args: string[]) => {
    const { code, stdout, stderr } = await homelab(...args, "--file", file, "--site", "parents");
    return [code, `${stdout}${stderr}`.trim()];
  };
  expect(await said("backup")).toEqual([
    4,
    "homelab:sites.parents.backups: missing, expected where the backups go; write e.g. homelab:sites.parents.backups: { directory: ~/backups/homelab }",
  ]);
  expect(await said("monitoring", "--out", join(dirname(file), "out"))).toEqual([
    1,
    expect.stringContaining("homelab:sites.parents.monitoring: missing"),
  ]);
  expect(await said("cutover", "plan")).toEqual([
    4,
    expect.stringContaining("write homelab:sites.parents.cutovers, see"),
  ]);
  expect((await said("phases"))[1]).toContain("nothing is pending in three.parents");
  expect((await said("runbook"))[1]).toContain("# Runbook of three, site parents\n");
});

test("units of a site have a name that no stack's have, and name the site", () => {
  const parts = { file: "/srv/Pulumi.three.yaml", everyHours: 24 };
  const units = unitsOf({ stack: "three", site: "parents", ...parts });
  expect(Object.keys(units)).toEqual([
    "homelab-backup-three.parents.service",
    "homelab-backup-three.parents.timer",
  ]);
  expect(units["homelab-backup-three.parents.service"]).toContain(
    "backup --stack three --file /srv/Pulumi.three.yaml --site parents",
  );
  expect(Object.keys(unitsOf({ stack: "three-parents", ...parts }))[0]).toBe(
    "homelab-backup-three-parents.service",
  );
});

test("a host key and a phase are written into the site that was named", () => {
  const cutovers = () => ({ own: { phase: "before" } });
  const file = threeFile([["home", "cutovers"], cutovers()], [["parents", "cutovers"], cutovers()]);
  const chosen = chooseStack({ file, site: "parents" });
  setPhase(file, "own", "switched" as never, "parents");
  const key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHHHHHHHHHHHHHHHHHHHHHHHHHHHHHHHHHHHHHHHHHHH";
  const { file: view } = parseChosen(chosen);
  const path = ["guests", "traefik-1", "hostKey"];
  acceptKeys(chosen, view, [{ name: "traefik-1", path, key, pinned: "other" }] as never, [
    "traefik-1",
  ]);
  const { home, parents } = parse(readFileSync(file, "utf8")).config["homelab:sites"];
  expect([home.cutovers.own.phase, parents.cutovers.own.phase]).toEqual(["before", "switched"]);
  expect([home.guests["traefik-1"].hostKey === key, parents.guests["traefik-1"].hostKey]).toEqual([
    false,
    key,
  ]);
});
