import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, onTestFinished, test } from "vitest";
import { runProgram } from "../../../bench/mock-run";
import { type AuditOptions, auditCluster } from "../../../cli/commands/audit/run";
import {
  type AuditReport,
  auditMarkdown,
  auditText,
  pageOf,
} from "../../../cli/commands/audit/text";
import { pageUrl } from "../../../model/pages";
import { moveGuest, recoverGuest } from "../../../sim/proxmox/api";
import type { ProxmoxApi } from "../../../sim/proxmox/api-server/server";
import { siteFromStack } from "../../../sim/proxmox/api-server/site";
import { worldFromStack } from "../../../sim/seed";
import { World } from "../../../sim/world";
import { hostOutput } from "../../model/audit/recorded";
import {
  carryOut,
  clusterAsItWas,
  homelabStack,
  served,
} from "../../support/clusters/baseline-cluster";
import { homelab, root, scratch } from "../../support/clusters/homelab";
import { stackData } from "../../support/clusters/stacks";
import { freePort, startSshd } from "../../support/sshd";

const { dir, remove } = scratch();
afterAll(remove);

const envOf = ({ endpoint, token, certificate }: ProxmoxApi) => ({
  PROXMOX_VE_ENDPOINT: endpoint,
  PROXMOX_VE_API_TOKEN: token,
  PROXMOX_VE_FINGERPRINT: certificate.fingerprint,
});

const auditOf = (api: ProxmoxApi, more: Partial<AuditOptions> = {}) =>
  auditCluster({ env: envOf(api), progress: () => {}, ...more });

/** Runs the command as a user would, with the cluster in its environment. */
async function command(api: ProxmoxApi, ...args: string[]) {
  const env = envOf(api);
  const before = Object.keys(env).map((name) => [name, process.env[name]] as const);
  Object.assign(process.env, env);
  onTestFinished(() => {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  });
  const ended = await homelab("audit", ...args);
  expect(`${ended.stdout}${ended.stderr}`).not.toContain(api.token.split("=")[1]);
  return ended;
}

const critical = ({ findings }: Pick<AuditReport, "findings">) =>
  findings.filter(({ severity }) => severity === "critical");
const named = (report: AuditReport) =>
  critical(report).map(({ rule, subject }) => `${rule}: ${subject}`);

const six = [
  "pair-on-one-node: traefik and traefik-2",
  "not-under-ha: traefik and traefik-2",
  "ha-imbalance: cluster",
  "no-ha-placement: cluster",
  "unclean-reboot: node proxmox",
  "memory-errors: node proxmox",
];

test.each([8, 9] as const)(
  "the owner's cluster as it was, on version %i, has its six critical findings and no other",
  async (version) => {
    const api = await served(clusterAsItWas(version));
    expect(named(await auditOf(api))).toEqual(six);
    expect(named(await auditOf(api, { stack: "homelab" }))).toEqual(six);
  },
);

test("the command prints them, each with its fix and its page, and ends with 1", async () => {
  const api = await served(clusterAsItWas());
  const { code, stdout } = await command(api);
  expect(code).toBe(1);
  expect(
    stdout.replaceAll(api.endpoint, "ENDPOINT").replace(/20\d\d-\d\d-\d\d\s+\d\d:\d\d/, "THEN"),
  ).toMatchInlineSnapshot(`
    "homelab (Proxmox VE 9.0.3, ENDPOINT): 3 nodes, 12 guests, 7 HA
    resources; without a stack file: pairs are guessed from names

    critical  pair-on-one-node  traefik and traefik-2
              traefik (ct:110) and traefik-2 (ct:121) both serve traefik and run on
              proxmox: when it dies, nothing of traefik is left
              fix: move one of them: pct migrate 121 proxmox2 --restart; then put
              both under HA and keep them apart, or nothing prevents it the next
              time
              see https://github.com/homelab-ha/homelab-ha/blob/main/docs/policies/pair-on-one-node.md

    critical  not-under-ha  traefik and traefik-2
              no member of traefik is under HA: traefik (ct:110) and traefik-2
              (ct:121); when their node dies they wait until it returns
              fix: first see to it that HA can start it elsewhere: replicate it
              (pvesr create-local-job 110-0 proxmox2 && pvesr create-local-job 110-1
              proxmox3), or take proxmox2 and proxmox3 out of the nodes it may run
              on (strict); then: ha-manager add ct:110 --state started --max_restart
              3 --max_relocate 2 && ha-manager add ct:121 --state started
              --max_restart 3 --max_relocate 2
              see https://github.com/homelab-ha/homelab-ha/blob/main/docs/audit.md#not-under-ha

    critical  ha-imbalance  cluster
              HA resources are spread proxmox 0, proxmox2 3, proxmox3 4: proxmox
              carries none, and the loss of proxmox3 takes 4 of 7 at once
              fix: prefer other nodes in the placement, or move some: ha-manager
              migrate ct:113 proxmox
              see https://github.com/homelab-ha/homelab-ha/blob/main/docs/audit.md#ha-imbalance

    critical  no-ha-placement  cluster
              there is no HA rule: nothing says where HA resources may run, so after
              a failure HA may put both members of adguard on one node
              fix: set the placement in haGroups of a stack file, and apply it:
              pulumi up
              see https://github.com/homelab-ha/homelab-ha/blob/main/docs/audit.md#no-ha-placement

    critical  unclean-reboot  node proxmox
              it went down without being shut down 3 hours ago (up again THEN UTC)
              fix: find the cause: memory and file-system errors below, power, heat,
              a reset by the watchdog (on proxmox: journalctl -b -1 -n 100)
              see https://github.com/homelab-ha/homelab-ha/blob/main/docs/audit.md#unclean-reboot

    critical  memory-errors  node proxmox
              its kernel reports memory errors, 1 line
              | EDAC igen6 MC0: HANDLING IBECC MEMORY ERROR
              fix: test its memory (memtest86+), replace the module; until then keep
              what matters off proxmox
              see https://github.com/homelab-ha/homelab-ha/blob/main/docs/audit.md#memory-errors

    warning   file-system-errors  node proxmox
              its kernel reports file-system errors on dm-16 and dm-17 (2 lines)
              | EXT4-fs error (device dm-16): ext4_journal_check_start:84: comm systemd-journal: Detected aborted journal
              | EXT4-fs error (device dm-17): ext4_journal_check_start:84: comm traefik: Detected aborted journal
              fix: see which disk it is (lsblk): no container here has a file system
              that the node can check; then restore what is damaged
              see https://github.com/homelab-ha/homelab-ha/blob/main/docs/audit.md#file-system-errors

    warning   file-system-errors  node proxmox
              its kernel reports file systems with errors from before on dm-14 and
              dm-19 (2 lines)
              | EXT4-fs (dm-14): error count since last fsck: 3
              | EXT4-fs (dm-19): error count since last fsck: 2
              fix: see which disk it is (lsblk): no container here has a file system
              that the node can check
              see https://github.com/homelab-ha/homelab-ha/blob/main/docs/audit.md#file-system-errors

    note      not-under-ha  3 guests
              not under HA, so they wait for the node when it dies: uptime-kuma
              (ct:132), kea-dhcp-2 (ct:134) and stork-server (ct:135)
              fix: put those that matter under HA, e.g. first see to it that HA can
              start it elsewhere: replicate it (pvesr create-local-job 132-0
              proxmox2 && pvesr create-local-job 132-1 proxmox3), or take proxmox2
              and proxmox3 out of the nodes it may run on (strict); then: ha-manager
              add ct:132 --state started --max_restart 3 --max_relocate 2
              see https://github.com/homelab-ha/homelab-ha/blob/main/docs/audit.md#not-under-ha

    critical findings: 6 critical, 2 warnings, 1 note
    "
  `);
  const { calls } = api;
  expect(calls.length).toBeGreaterThan(20);
});

/** The simulated cluster of the stack file after an `up` of it. */
async function afterUp(world: World): Promise<World> {
  await carryOut(world, await runProgram(stackData("homelab")));
  return world;
}

test("after `up` there is neither a critical finding nor a warning", async () => {
  const stack = homelabStack();
  const world = await afterUp(World.inMemory(worldFromStack(stack)));
  const api = await served({ world, site: siteFromStack(stack) });
  const { ok, findings } = await auditOf(api, { stack: "homelab" });
  expect(ok).toBe(true);
  expect(findings.map(({ severity, rule, subject }) => [severity, rule, subject])).toEqual([
    ["note", "pair-not-kept-apart", "adguard-2 and adguard"],
    ["note", "pair-not-kept-apart", "kea-dhcp-1 and kea-dhcp-2"],
  ]);
});

test("the cluster as it was, moved as the audit says and after `up`, has only its hardware left", async () => {
  const cluster = clusterAsItWas();
  const { world } = cluster;
  const { proxmox: pve } = world.state;
  // The owner had planned it; the stack file takes it for granted.
  pve.guests["133"] = {
    vmid: 133,
    type: "ct",
    name: "kea-dhcp-1",
    node: "proxmox2",
    running: true,
    config: {},
  };
  // The stack replicates and backs up by itself; what was there by hand goes first.
  pve.replications = {};
  pve.backupJobs = {};
  pve.haResources = {};
  for (const { vmid, node } of Object.values(homelabStack().guests)) moveGuest(pve, vmid, node);
  await afterUp(world);
  const report = await auditOf(await served(cluster), { stack: "homelab" });
  expect(named(report)).toEqual(["unclean-reboot: node proxmox", "memory-errors: node proxmox"]);
});

test("a node that answers 595 is a finding, and the rest is audited", async () => {
  const stack = homelabStack();
  const world = await afterUp(World.inMemory(worldFromStack(stack)));
  const api = await served({ world, site: siteFromStack(stack) }, { silent: ["proxmox3"] });
  const report = await auditOf(api, { stack: "homelab" });
  expect(named(report)).toEqual(["node-unreachable: node proxmox3"]);
  expect(critical(report)[0]?.message.replaceAll(api.endpoint, "ENDPOINT")).toMatchInlineSnapshot(
    `"ENDPOINT/nodes/proxmox3/status: node proxmox3 does not answer the API (595 No route to host); on it: postgresql, traefik-2, zigbee2mqtt, kea-dhcp-2 and adguard"`,
  );
});

test("a node that is off leaves no invented names and pairs, nor stale replication", async () => {
  const stack = homelabStack();
  const world = await afterUp(World.inMemory(worldFromStack(stack)));
  recoverGuest(world.state.proxmox, 113, "proxmox2");
  const api = await served({ world, site: siteFromStack(stack) }, { offline: ["proxmox3"] });
  const report = await auditOf(api);
  const said = report.findings.map(({ rule, subject }) => `${rule}: ${subject}`);
  expect(said.filter((one) => /ct:\d+|ct-\d+/.test(one) && one.includes("pair"))).toEqual([]);
  expect(said).toContain("node-unreachable: node proxmox3");
  // Its job points at the dead node again, and is not missing at the one on which it runs.
  expect(said.filter((one) => one.startsWith("ha-local-disk"))).toEqual([]);
});

test("a simulated cluster is audited from the folder that a rehearsal keeps", async () => {
  const state = join(dir, "kept");
  mkdirSync(state);
  await afterUp(World.open(join(state, "world.json"), worldFromStack(homelabStack())));
  const kept = await homelab("audit", "--simulated", "--state-dir", state);
  expect([kept.code, kept.stdout.trim().split("\n").at(-1)]).toEqual([
    0,
    "nothing is critical: 0 critical, 0 warnings, 2 notes",
  ]);
  expect(kept.stderr).not.toContain("keeps no rehearsal");
  const fresh = await homelab("audit", "--simulated", "--state-dir", join(dir, "none"));
  expect(fresh.code).toBe(1);
  expect(fresh.stderr).toContain(
    `${join(dir, "none")} keeps no rehearsal: reading a cluster with the existing guests only\n`,
  );
  expect(existsSync(join(dir, "none"))).toBe(false);
});

test("rejects what the cluster refuses in one line, and writes nothing", async () => {
  const output = join(dir, "never.md");
  const reported: Record<string, string> = {};
  const audit = async (name: string, api: ProxmoxApi, env: Record<string, string> = {}) => {
    const attempt = auditCluster({ env: { ...envOf(api), ...env }, progress: () => {} });
    reported[name] = await attempt.then(
      () => "audited",
      (error: Error) =>
        `${error.constructor.name}: ${error.message.replace(/127\.0\.0\.1:\d+/g, "HOST")}`,
    );
  };
  const sound = await served(clusterAsItWas());
  const expired = "audit@pve!homelab=00000000-0000-4000-8000-000000000000";
  await audit("expired token", sound, { PROXMOX_VE_API_TOKEN: expired });
  await audit("nobody there", sound, {
    PROXMOX_VE_ENDPOINT: `https://127.0.0.1:${await freePort()}`,
  });
  const faults = [{ path: /^\/cluster\/backup$/, body: '{"data":[{"vmid":100}]}' }];
  await audit("malformed", await served(clusterAsItWas(), { faults }));
  expect(reported).toMatchInlineSnapshot(`
    {
      "expired token": "PreconditionError: https://HOST/version: the API token is refused (401 Authentication failed!): it is unknown, expired or has another secret; make a new one (Datacenter > Permissions > API Tokens) and put it into PROXMOX_VE_API_TOKEN",
      "malformed": "PreconditionError: https://HOST/cluster/backup: the answer is not as Proxmox documents it: data.0.id: Invalid input; see whether this version of Proxmox VE (8 and 9 are known) answers so",
      "nobody there": "PreconditionError: https://HOST: no connection to the Proxmox API (connect ECONNREFUSED HOST); correct PROXMOX_VE_ENDPOINT, or name a node that is up",
    }
  `);

  const broken = [
    { path: /^\/cluster\/status$/, answer: { status: 500, reason: "cluster not ready" } },
  ];
  const api = await served(clusterAsItWas(), { faults: broken });
  const { code, stdout, stderr } = await command(api, "--output", output);
  expect([code, stdout, existsSync(output)]).toEqual([4, "", false]);
  expect(stderr.replaceAll(api.endpoint, "ENDPOINT")).toMatchInlineSnapshot(`
    "reading the cluster at ENDPOINT
    ENDPOINT/cluster/status: the API answered 500 cluster not ready; read the log of pveproxy and pvedaemon on the node
    "
  `);
});

const mistakes: Record<string, string[]> = {
  "a format that there is not": ["--format", "yaml"],
  "a user without a key": ["--ssh-user", "root"],
  "a port that is none": ["--identity", "key", "--ssh-port", "0"],
  "a folder without --simulated": ["--state-dir", "x"],
  "a key that is not there": ["--identity", "/nowhere/key"],
  "a key that is none": ["--identity", "README.md"],
  "a stack that is not there": ["--stack", "homelap"],
  "an output folder that is not there": ["--output", "/nowhere/report.md"],
};

test("rejects what cannot be meant, before anything is asked", async () => {
  const api = await served(clusterAsItWas());
  const reported: Record<string, string> = {};
  for (const [name, args] of Object.entries(mistakes)) {
    const { code, stdout, stderr } = await command(api, ...args);
    expect([name, code, stdout]).toEqual([name, 2, ""]);
    reported[name] = stderr.trim();
  }
  expect(reported).toMatchInlineSnapshot(`
    {
      "a folder without --simulated": "found --state-dir without --simulated; add it",
      "a format that there is not": "error: option '--format <format>' argument 'yaml' is invalid. Allowed choices are text, markdown, json.",
      "a key that is none": "README.md: Unsupported key format; expected a private SSH key without a password",
      "a key that is not there": "there is no file /nowhere/key",
      "a port that is none": "error: option '--ssh-port <number>' argument '0' is invalid. expected a port from 1 to 65535",
      "a stack that is not there": "there is no stack "homelap", only five-nodes, homelab, matrix and two-nodes; did you mean "homelab"?",
      "a user without a key": "found --ssh-user without --identity; add it",
      "an output folder that is not there": "there is no folder /nowhere for /nowhere/report.md; make it first",
    }
  `);
  expect(api.calls).toEqual([]);
});

test("Markdown and JSON say the same, and names from the cluster are no markup", async () => {
  const cluster = clusterAsItWas();
  const { proxmox: pve } = cluster.world.state;
  for (const vmid of ["110", "121"]) {
    const guest = pve.guests[vmid];
    if (guest) guest.name = `<img src=x>|evil${vmid === "121" ? "-2" : ""}`;
  }
  const api = await served(cluster);
  const report = await auditOf(api);
  const page = auditMarkdown(report);
  expect(page.split("\n").filter((line) => line.startsWith("| **critical**"))).toHaveLength(6);
  expect(page).toContain("&lt;img src=x&gt;\\|evil");
  expect(page).not.toContain("<img");
  const output = join(dir, "audit.json");
  const { code, stdout } = await command(api, "--format", "json", "--output", output);
  expect([code, stdout]).toEqual([1, ""]);
  const written = (await import(output)).default as AuditReport;
  expect(written.findings.map(({ rule }) => rule)).toEqual(report.findings.map(({ rule }) => rule));
  expect(auditText(report).join("\n")).toContain("critical findings: 6 critical");
});

test("every check has a page, and every page of a check has one", () => {
  const folder = join(root, "model/audit");
  const source = readdirSync(folder)
    .map((file) => readFileSync(join(folder, file), "utf8"))
    .join("\n");
  const rules = new Set([...source.matchAll(/rule: "([a-z-]+)"/g)].map(([, rule = ""]) => rule));
  const pages = [...rules].map(pageOf);
  const headings = new Set(
    [...readFileSync(join(root, "docs/audit.md"), "utf8").matchAll(/^### `([a-z-]+)`$/gm)].map(
      ([, heading = ""]) => heading,
    ),
  );
  const broken = pages.filter((page) => {
    const [file = "", heading] = page.replace(pageUrl(""), "").split("#");
    return (
      !existsSync(join(root, "docs", file)) || (heading !== undefined && !headings.has(heading))
    );
  });
  expect(broken).toEqual([]);
  expect([...headings].filter((heading) => !rules.has(heading))).toEqual([]);
  expect(rules.size).toBeGreaterThan(15);
});

/** A host whose tools print what was recorded. */
async function recordedNode() {
  const server = await startSshd({ env: (files) => ({ PATH: `${files}/bin:/usr/bin:/bin` }) });
  const bin = join(server.dir, "bin");
  mkdirSync(bin);
  const tool = (name: string, text: string) => {
    writeFileSync(join(bin, `${name}.txt`), text);
    writeFileSync(join(bin, name), `#!/bin/sh\ncat "$0.txt"\n`, { mode: 0o755 });
  };
  const log =
    "2025-11-10T08:36:35+0100 proxmox kernel: EDAC igen6 MC0: HANDLING IBECC MEMORY ERROR\n";
  tool("corosync-cfgtool", /LINK[^=]*(?:=(?!=)[^=]*)*/.exec(hostOutput())?.[0] ?? "");
  tool("journalctl", log);
  tool("systemctl", "inactive\n");
  tool("last", "reboot   system boot  6.14.8  2025-11-10T08:36:30+01:00   still running\n");
  return server;
}

test("nodes are asked over SSH, with host keys that are pinned in known_hosts", async () => {
  const server = await recordedNode();
  const { host, port, user, hostKey } = server.connection;
  const cluster = clusterAsItWas();
  const { proxmox, proxmox2, proxmox3 } = cluster.site.nodes;
  if (proxmox) Object.assign(proxmox, { address: host, journal: [], tasks: [] });
  if (proxmox2) proxmox2.address = "127.0.0.2";
  if (proxmox3) proxmox3.address = "127.0.0.3";
  const known = join(dir, "known_hosts");
  writeFileSync(known, `# nodes\n[${host}]:${port} ${hostKey}\n[127.0.0.2]:${port} ${hostKey}\n`);
  const api = await served(cluster);
  const over = { identity: server.identity, sshUser: user, sshPort: port, sshKnownHosts: known };
  const report = await auditOf(api, over);
  expect(report.counts.hosts).toBe(1);
  const rules = new Set(["watchdog", "memory-errors", "not-read"]);
  expect(
    report.findings
      .filter(({ rule, message }) => rules.has(rule) && !/no watchdog|softdog/.test(message))
      .map(({ severity, subject, message }) =>
        `${severity} ${subject}: ${message}`
          .replaceAll(String(port), "PORT")
          // Counters and watchdogs are this machine's own: they are files, not tools.
          .replace(/ \(EDAC counts .*\)/, ""),
      ),
  ).toMatchInlineSnapshot(`
    [
      "critical node proxmox: its kernel reports memory errors, 1 line",
      "critical node proxmox: corosync is inactive: HA does not work on it",
      "warning node proxmox: watchdog-mux is inactive: a node that loses quorum is not reset, so its guests cannot be started elsewhere safely",
      "warning node proxmox: pve-ha-lrm is inactive: HA does not work on it",
      "warning node proxmox: pve-ha-crm is inactive: HA does not work on it",
      "note node proxmox2: could not read over SSH: dial tcp 127.0.0.2:PORT: connect: connection refused",
      "note node proxmox3: could not read over SSH: no host key of proxmox3 (127.0.0.3) is pinned",
    ]
  `);

  await server.changeHostKey();
  const changed = await auditOf(api, over);
  expect(changed.counts.hosts).toBe(0);
  expect(
    changed.findings
      .filter(({ rule, severity }) => rule === "not-read" && severity === "warning")
      .map(({ message }) => message.replace(/SHA256:\S+/g, "KEY").replaceAll(String(port), "PORT")),
  ).toMatchInlineSnapshot(`
    [
      "could not read over SSH: ssh: handshake failed: ssh: host key mismatch: 127.0.0.1:PORT shows KEY pinned is KEY",
    ]
  `);
});
