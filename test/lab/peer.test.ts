import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { changedIn, failuresIn, recapIn } from "../../lab/ansible-peer/recap";
import { notesOf, type Round, rowsOf } from "../../lab/ansible-peer/rounds";
import {
  type Measured,
  missesIn,
  type PeerRow,
  peerTable,
  ratioOf,
} from "../../lab/ansible-peer/rows";
import { differences } from "../../lab/ansible-peer/same-files";
import { healthIn, textsIn } from "../../lab/ansible-peer/texts";
import { traefikDead } from "../../lab/scenarios/traefik";
import { healthScript } from "../../templates/host/health";
import { hostFileScript } from "../../templates/host/host-file";
import { health as healthData } from "../support/template-data";

const recap = `TASK [healthy : Services] ****
ok: [traefik] => (item=traefik)

PLAY RECAP *********************************************************************
traefik                    : ok=30   changed=17   unreachable=0    failed=0    skipped=3    rescued=0    ignored=0   
traefik-2                  : ok=24   changed=0    unreachable=0    failed=0    skipped=0    rescued=0    ignored=0   

`;

test("reads what Ansible changed on each host", () => {
  expect(recapIn(recap)).toEqual({
    traefik: { ok: 30, changed: 17, unreachable: 0, failed: 0 },
    "traefik-2": { ok: 24, changed: 0, unreachable: 0, failed: 0 },
  });
  expect(changedIn(recapIn(recap))).toBe(17);
});

test("rejects a playbook that ended without a recap", () => {
  expect(() =>
    recapIn("PLAY [Members] ***\nskipping: no hosts matched\n"),
  ).toThrowErrorMatchingInlineSnapshot(`
    [Error: ansible-playbook: found no recap in what it said: PLAY [Members] ***
    skipping: no hosts matched]
  `);
  expect(() => recapIn("PLAY RECAP ****\n\n")).toThrowErrorMatchingInlineSnapshot(
    `[Error: ansible-playbook: found no recap in what it said: PLAY RECAP ****]`,
  );
});

test("of a failed playbook only what failed is worth reading", () => {
  const output = `${recap}fatal: [traefik]: FAILED! => {"msg": "no such unit"}\n`;
  expect(failuresIn(output)).toBe('fatal: [traefik]: FAILED! => {"msg": "no such unit"}');
  expect(failuresIn("sh: ansible-playbook: not found")).toBe("sh: ansible-playbook: not found");
});

test("finds the files in the component's scripts, and who gets them", () => {
  const file = { host: "traefik-2", sha256: "0".repeat(64), owner: "root:root" };
  const script = hostFileScript({ ...file, path: "/etc/a.conf", mode: "0644" });
  const executable = hostFileScript({ ...file, path: "/usr/local/bin/b.sh", mode: "0755" });
  const texts = textsIn([
    { script, stdin: "a\n" },
    { script: executable, stdin: "b\n" },
    { script: "set -eu\nsystemctl daemon-reload\n", stdin: "" },
  ]);
  expect(texts).toEqual({
    "traefik-2": [
      { path: "/etc/a.conf", content: "a\n", mode: "0644" },
      { path: "/usr/local/bin/b.sh", content: "b\n", mode: "0755" },
    ],
  });
});

test("both wait for the same health", () => {
  const { units, settleSec } = healthData;
  const url = "http://127.0.0.1:8080/ping";
  expect(healthIn(healthScript(healthData))).toEqual({ units, url, settleSec });
});

test("rejects a health script that it cannot read", () => {
  expect(() => healthIn("exit 0")).toThrowErrorMatchingInlineSnapshot(
    `[Error: lab/ansible-peer/texts.ts: found no units in the component's script; correct the pattern]`,
  );
});

test("sees every file that is not as the component says", () => {
  const root = mkdtempSync(join(tmpdir(), "peer-"));
  onTestFinished(() => rmSync(root, { recursive: true }));
  mkdirSync(join(root, "etc"));
  const host = { name: "traefik", root };
  const text = (path: string, content: string) => ({ path, content, mode: "0644" });
  for (const name of ["same", "text", "mode"]) {
    writeFileSync(join(root, "etc", name), `${name}\n`, { mode: 0o644 });
  }
  chmodSync(join(root, "etc/mode"), 0o600);
  expect(differences(host, [text("/etc/same", "same\n")])).toEqual([]);
  const others = [
    text("/etc/text", "other\n"),
    text("/etc/mode", "mode\n"),
    text("/etc/missing", ""),
    text("/etc", ""),
  ];
  expect(differences(host, others)).toMatchInlineSnapshot(`
    [
      "traefik: /etc/text has another text",
      "traefik: /etc/mode has mode 0600, expected 0644",
      "traefik: /etc/missing is not there",
      "traefik: /etc is not there",
    ]
  `);
});

const row = (ours: Measured, ansible: Measured): PeerRow => ({
  what: "first deployment",
  ours,
  ansible,
  unit: "s",
  limited: true,
});

test("a ratio is that of the medians", () => {
  expect(ratioOf(row([1, 30, 2], [8, 4, 400]))).toBe(0.25);
  expect(ratioOf(row([3], []))).toBeUndefined();
  expect(ratioOf(row([], [3]))).toBeUndefined();
  expect(ratioOf(row([3], [0]))).toBeUndefined();
});

test("ours may take as long as Ansible and no longer", () => {
  expect(missesIn([row([4], [4])])).toEqual([]);
  expect(missesIn([{ ...row([9], [4]), limited: undefined }])).toEqual([]);
  expect(missesIn([row([4.1, 9], [4, 5]), row([], [4])])).toMatchInlineSnapshot(`
    [
      "first deployment: 6.55 s (9.00 s) against Ansible's 4.50 s (5.00 s), expected at most as much",
      "first deployment: never against Ansible's 4.00 s, expected at most as much",
    ]
  `);
});

const round = (builder: Round["builder"], seconds: number, tookMs?: number): Round => ({
  builder,
  built:
    builder === "baseline"
      ? { wrong: [] }
      : { first: seconds, again: seconds / 2, atOnce: seconds / 4, wrong: [], parts: { up: 1 } },
  scheduling: { p50Ms: 0, p99Ms: 1, maxMs: 2, pressure: 0.5 },
  results: {
    "traefik-dead": {
      ...(tookMs !== undefined && { tookMs }),
      service: { requests: 100, lost: 7, losses: { timeout: 7 }, longestGapMs: 70 },
      scheduling: { p50Ms: 0, p99Ms: 1, maxMs: 2 },
    },
  },
});

test("sets what was measured side by side", () => {
  const rounds = [
    round("Ansible", 40, 400),
    round("ours", 20, 500),
    round("baseline", 0, 7000),
    round("ours", 30, 410),
    round("Ansible", 60, 390),
    round("baseline", 0),
  ];
  expect(peerTable(rowsOf(rounds, [traefikDead]))).toMatchInlineSnapshot(`
    "┌─────────────────────────────────────────────┬───────────────────┬───────────────────┬────────────────┬─────────────────┐
    │                                             │ ours              │ Ansible           │ ours ÷ Ansible │ baseline        │
    ├─────────────────────────────────────────────┼───────────────────┼───────────────────┼────────────────┼─────────────────┤
    │ first deployment                            │ 25.00 s (30.00 s) │ 50.00 s (60.00 s) │ 0.50           │ -               │
    │ second run, nothing changed                 │ 12.50 s (15.00 s) │ 25.00 s (30.00 s) │ 0.50           │ -               │
    │   the same, Ansible on both members at once │ 12.50 s (15.00 s) │ 12.50 s (15.00 s) │ 1.00           │ -               │
    │ Traefik dead (kill -9, does not come back)  │ 0.45 s (0.50 s)   │ 0.40 s (0.40 s)   │ 1.15           │ 7.00 s, 1 never │
    │   requests lost                             │ 7 (7)             │ 7 (7)             │ 1.00           │ 7 (7)           │
    └─────────────────────────────────────────────┴───────────────────┴───────────────────┴────────────────┴─────────────────┘"
  `);
  expect(notesOf(rounds)).toMatchInlineSnapshot(`
    [
      "of ours, up 1.0 s",
      "something waited for a processor meanwhile: Ansible 50 %, ours 50 % of the time",
    ]
  `);
});

test("an address that never moved is told as such", () => {
  const rounds = [round("Ansible", 40), round("ours", 20)];
  const moved = rowsOf(rounds, [traefikDead]).find(({ what }) => what === traefikDead.title);
  expect(moved).toMatchObject({ ours: [undefined], ansible: [undefined], baseline: [] });
  expect(ratioOf(row([undefined], [undefined]))).toBeUndefined();
  expect(peerTable(moved ? [moved] : [])).toContain("│ never │ never   │ -");
});
