import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { checkCredentials } from "../../../../cli/commands/doctor/backend";
import type { DoctorReport } from "../../../../cli/commands/doctor/run";
import { placeholderHostKey } from "../../../../model/host/host-key";
import { homelabStack } from "../../../support/clusters/baseline-cluster";
import { root, startHomelab } from "../../../support/clusters/homelab";
import { doctorHouse, program, release } from "../../../support/doctor-house";
import { silentEngine } from "../../../support/hung/peers";

type House = Awaited<ReturnType<typeof doctorHouse>>;

let house: House;
beforeEach(async () => {
  house = await doctorHouse();
  // The engine is looked for on the PATH of this process.
  vi.stubEnv("PATH", house.env.PATH ?? "");
});
afterEach(() => vi.unstubAllEnvs());

test("where everything is as it should be, every check is made and none finds anything", async () => {
  const { report, lines } = await house.run();
  expect(lines).toMatchInlineSnapshot(`
    [
      "DIR/Pulumi.house.yaml: no problems found",
      "  ok          stack file  DIR/Pulumi.house.yaml: no mistakes",
      "  ok          token       Proxmox API: audit@pve!homelab is let in at https://API",
      "  ok          version     Proxmox VE: 9.0.3",
      "  ok          privileges  for up: 6 of 6 held",
      "  ok          node        pve1: online",
      "  ok          node        pve2: online",
      "  ok          storage     local-zfs: zfs (zfspool)",
      "  ok          storage     nas: takes backups",
      "  ok          guest       traefik-1: 110 runs",
      "  ok          guest       traefik-2: 111 runs",
      "  ok          firewall    Proxmox: it is off, and drops nothing of the members",
      "  ok          clock       pve1: agrees with this machine",
      "  ok          clock       pve2: agrees with this machine",
      "  ok          host key    traefik-1: SHA256:… is pinned",
      "  ok          login       traefik-1: root is let in at 127.0.0.21:PORT",
      "  ok          release     traefik-1: Debian 12",
      "  ok          rights      traefik-1: root, with systemd",
      "  ok          clock       traefik-1: agrees with this machine",
      "  ok          interface   traefik-1: eth0 has 127.0.0.21",
      "  ok          inotify     traefik-1: instances are free, of at most 128",
      "  ok          traefik     traefik-1: 3.5.0 is installed",
      "  ok          host key    traefik-2: SHA256:… is pinned",
      "  ok          login       traefik-2: root is let in at 127.0.0.22:PORT",
      "  ok          release     traefik-2: Debian 12",
      "  ok          rights      traefik-2: root, with systemd",
      "  ok          clock       traefik-2: agrees with this machine",
      "  ok          interface   traefik-2: eth0 has 127.0.0.22",
      "  ok          inotify     traefik-2: instances are free, of at most 128",
      "  ok          traefik     traefik-2: 3.5.0 is installed",
      "  ok          host key    pve1: SHA256:… is pinned",
      "  ok          login       pve1: root is let in at 127.0.0.11:PORT",
      "  ok          release     pve1: Debian 12",
      "  ok          rights      pve1: root, with systemd",
      "  ok          clock       pve1: agrees with this machine",
      "  ok          backend     Pulumi: Pulumi 3.248.0, state at postgres://…@db/pulumi",
      "  ok          stack       house: is there",
      "  ok          passphrase  PULUMI_CONFIG_PASSPHRASE: is the one of the stack",
    ]
  `);
  expect(report.ok).toBe(true);
  expect(house.api.calls.every((call) => !call.includes("PVEAPIToken"))).toBe(true);
});

const traefik = (house: House, body: string) =>
  program(house.hosts["traefik-2"], "../usr/local/bin/traefik", body);

/** What is broken at the same time; no two of them hide each other. */
const broken: Record<string, (house: House) => void | Promise<void>> = {
  "the token, a node, storages, a guest, a clock, host keys, a login, the backend, the passphrase":
    async ({ site, pve, offline, hosts, edit, env, dir }) => {
      const reading = { "Sys.Audit": 1, "VM.Audit": 1, "Datastore.Audit": 1 };
      site.permissions = { "/": reading, "/vms": reading, "/storage": reading };
      offline.push("pve2");
      edit(/local-zfs/g, "fast-zfs");
      Object.assign(site.storages[1] ?? {}, { content: "images" });
      Object.assign(pve.guests["110"] ?? {}, { running: false });
      Object.assign(site.nodes.pve1 ?? {}, { clockOffSec: -90 });
      await hosts["traefik-1"].changeHostKey();
      edit(hosts["traefik-2"].connection.hostKey, placeholderHostKey("traefik-2"));
      writeFileSync(`${hosts.pve1.identity}.pub`, "");
      silentEngine(dir, { whoami: 'console.error("error: log in first"); process.exitCode = 255' });
      env.PULUMI_CONFIG_PASSPHRASE = "wrong";
    },
  "the version, a storage, a guest, everything on two hosts, a key, the stack, the passphrase": (
    one,
  ) => {
    const { site, pve, hosts, edit, env, dir } = one;
    pve.pveVersion = 8;
    Object.assign(site.storages[0] ?? {}, { type: "lvmthin", nodes: "pve1" });
    edit("vmid: 111", "vmid: 199");
    const first = hosts["traefik-1"];
    release(first, "debian", "13");
    program(first, "id", "echo 1000");
    program(first, "ip", 'echo "2: eth0    inet 127.0.0.99/24 scope global eth0"');
    rmSync(join(first.dir, "usr/local/bin/traefik"));
    const second = hosts["traefik-2"];
    release(second, "ubuntu", "24.04");
    rmSync(join(second.dir, "run"), { recursive: true });
    program(second, "date", "/bin/date -d '+1 hour' +%s000");
    program(second, "ip", 'echo "2: ens18    inet 127.0.0.22/24 scope global ens18"');
    traefik(one, "echo 'Version:      3.4.0'");
    edit(`hostKey: ${hosts.pve1.connection.hostKey}, `, "");
    silentEngine(dir, {
      whoami: `console.log('{"url":"file://~"}')`,
      "stack ls": "console.log('[]')",
    });
    delete env.PULUMI_CONFIG_PASSPHRASE;
  },
  "no token, a host that is off, one that hangs, one of another processor": ({
    edit,
    hosts,
    env,
  }) => {
    delete env.PROXMOX_VE_API_TOKEN;
    program(hosts.pve1, "ip", "exec /bin/sleep 600");
    edit("version: 3.5.0", `version: 3.5.0, sha256: "${"0".repeat(64)}"`);
    program(hosts["traefik-2"], "uname", "echo aarch64");
    return hosts["traefik-1"].stop();
  },
  "a token that is refused, a key that is missing, no private key": ({ env, edit, hosts }) => {
    env.PROXMOX_VE_API_TOKEN = "other@pve!xy=5d3f8c1a-0000-4000-8000-000000000001";
    edit(`,\n        hostKey: ${hosts["traefik-2"].connection.hostKey} }`, " }");
  },
  "a token that sees no guest, a disabled storage, a node more": ({ site, pve }) => {
    const { "/": all = {} } = site.permissions ?? {};
    site.permissions = { ...site.permissions, "/": all, "/vms": {} };
    Object.assign(site.storages[0] ?? {}, { disable: 1 });
    pve.nodes.push("pve7");
  },
  "another certificate": ({ env }) => {
    env.PROXMOX_VE_FINGERPRINT = Array(32).fill("AA").join(":");
  },
  "a firewall that drops, a kernel without room for watchers, one that nobody can ask yet": ({
    site,
    hosts,
    edit,
  }) => {
    edit("      traefik: {", "      drainSec: 60\n      traefik: {");
    program(hosts["traefik-1"], "perl", "echo 3");
    for (const [vmid, config] of Object.entries(site.guests)) {
      site.guests[vmid] = { ...config, net0: `${String(config.net0)},firewall=1` };
    }
    const on = { enable: 1, ipfilter: 1 };
    site.firewall = {
      enable: 1,
      guests: {
        110: {
          options: on,
          rules: [
            { type: "in", action: "ACCEPT", enable: 1, macro: "HTTPS" },
            { type: "in", action: "ACCEPT", proto: "vrrp", source: "127.0.0.22" },
          ],
        },
        111: {
          options: { ...on, policy_in: "ACCEPT" },
          sets: { "ipfilter-net0": [{ cidr: "127.0.0.20" }] },
        },
      },
    };
  },
};

test.each([...Object.keys(broken).map((name, index) => ({ name, file: `broken-${index + 1}` }))])(
  "says what is wrong and how to mend it: $name",
  async ({ name, file }) => {
    await broken[name]?.(house);
    const keyless = name.includes("no private key") ? { identity: undefined } : {};
    const { report, lines } = await house.run(keyless as object);
    expect(report.ok).toBe(false);
    const end = lines.findIndex((line) => line.startsWith("  ok "));
    const kept = `${lines.slice(0, end).join("\n")}\n`;
    await expect(kept).toMatchFileSnapshot(`__files__/${file}.txt`);
  },
);

test("a file with mistakes is sent to validate, and what does not need it is checked", async () => {
  house.edit("vmid: 110", "vmid: 9");
  const { lines } = await house.run();
  expect(lines).toMatchInlineSnapshot(`
    [
      "DIR/Pulumi.house.yaml: 1 problem",
      "  problem     stack file  DIR/Pulumi.house.yaml: 1 mistake, so nothing of it was checked",
      "    homelab validate --file DIR/Pulumi.house.yaml",
      "  ok          backend     Pulumi: Pulumi 3.248.0, state at postgres://…@db/pulumi",
      "  ok          stack       house: is there",
      "  ok          passphrase  PULUMI_CONFIG_PASSPHRASE: is the one of the stack",
    ]
  `);
});

test("--accept pins what is not pinned yet and nothing else; a named host also over another key", async () => {
  const { file, hosts, edit } = house;
  const right = readFileSync(file, "utf8");
  edit(`hostKey: ${hosts.pve1.connection.hostKey}, `, "");
  edit(hosts["traefik-2"].connection.hostKey, placeholderHostKey("traefik-2"));
  edit(hosts["traefik-1"].connection.hostKey, placeholderHostKey("somebody"));
  const first = await house.run({ accept: true });
  expect(first.report.accepted).toEqual(["traefik-2", "pve1"]);
  const after = readFileSync(file, "utf8");
  expect(after.replace(placeholderHostKey("somebody"), hosts["traefik-1"].connection.hostKey)).toBe(
    right,
  );
  expect(first.report.hostKeys.map(({ name, pinned }) => [name, pinned])).toEqual([
    ["traefik-1", "other"],
    ["traefik-2", "new"],
    ["pve1", "new"],
  ]);
  const second = await house.run({ accept: ["traefik-1"] });
  expect(second.report.accepted).toEqual(["traefik-1"]);
  expect(readFileSync(file, "utf8")).toBe(right);
  expect((await house.run()).report.ok).toBe(true);
  await expect(house.run({ accept: ["traefik-9"] })).rejects.toThrow(
    'no host "traefik-9" showed a key; did you mean "traefik-1"?',
  );
});

test("the command prints JSON, ends with 1 for a problem, and shows no secret", async () => {
  house.env.PULUMI_CONFIG_PASSPHRASE = "hunter3";
  const args = ["doctor", "--file", house.file, "--identity", house.hosts.pve1.identity, "--json"];
  const { code, stdout, stderr } = await startHomelab(
    args,
    root,
    house.env as Record<string, string>,
  ).ended;
  expect(code, stderr).toBe(1);
  const { ok, checks } = JSON.parse(stdout) as DoctorReport;
  expect(ok).toBe(false);
  expect(checks.filter(({ verdict }) => verdict === "problem").map(({ check }) => check)).toEqual([
    "passphrase",
  ]);
  const key = readFileSync(house.hosts.pve1.identity, "utf8").split("\n")[2] ?? "";
  for (const secret of ["hunter2", "hunter3", house.api.token, key]) {
    expect(`${stdout}${stderr}`).not.toContain(secret);
  }
});

test("credentials that a section needs are said to be missing, or not checked further", () => {
  const stack = homelabStack();
  const said = (env: NodeJS.ProcessEnv) =>
    checkCredentials(stack, env).map(({ subject, verdict }) => `${subject}: ${verdict}`);
  expect(said({})).toEqual(["CLOUDFLARE_API_TOKEN: problem", "KUBECONFIG: problem"]);
  expect(said({ CLOUDFLARE_API_TOKEN: "x", KUBECONFIG: "y" })).toEqual([
    "CLOUDFLARE_API_TOKEN: not checked",
    "KUBECONFIG: not checked",
  ]);
});
