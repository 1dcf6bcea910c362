import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeEach, expect, test } from "vitest";
import { networkOf } from "../../../cli/commands/init/answers";
import { type InitOptions, init } from "../../../cli/commands/init/run";
import { parseStackFile } from "../../../config/file/parse-file";
import { problemText } from "../../../config/file/problem";
import { envOf } from "../../support/adopt";
import { clusterAsItWas, served } from "../../support/clusters/baseline-cluster";
import { scratch } from "../../support/clusters/homelab";

const folder = scratch();
afterAll(() => folder.remove());

let stack = "";
let count = 0;
beforeEach(() => {
  count += 1;
  stack = `house-${count}`;
});

const file = () => join(folder.dir, `Pulumi.${stack}.yaml`);
const run = (options: Partial<InitOptions>) =>
  init({ stack, dir: folder.dir, env: {}, progress: () => {}, ...options });
const refusal = (options: Partial<InitOptions>) =>
  run(options).then(
    () => "nothing was refused",
    (error: Error) => error.message.replaceAll(folder.dir, "…"),
  );

const base = {
  node: ["pve1=192.168.1.11", "pve2=192.168.1.12"],
  gateway: "192.168.1.1/24",
  storage: ["local-zfs=zfs"],
};
const pair = {
  vip: "192.168.1.20",
  traefik: ["traefik-1,110,pve1,192.168.1.21", "traefik-2,111,pve2,192.168.1.22"],
};

/** Every message about the file that was written. */
function messages(): string[] {
  const { parsed } = parseStackFile(readFileSync(file(), "utf8"));
  return (parsed.stack ? parsed.warnings : parsed.problems).map(problemText);
}

test("flags make a file with a pair, which waits for host keys and a third vote only", async () => {
  await run({ ...base, ...pair });
  expect(`\n${readFileSync(file(), "utf8")}`).toMatchInlineSnapshot(`
    "
    # The cluster house-1, as \`homelab init\` wrote it: docs/configuration.md explains each section.
    config:
      homelab:cluster:
        pveVersion: 9
        nodes:
          pve1: { address: 192.168.1.11 }
          pve2: { address: 192.168.1.12 }
        # An even number of nodes needs one more vote, from a host outside, see \`pvecm qdevice\`:
        # quorumDevice: { host: NAME }
        segments:
          lan: { cidr: 192.168.1.0/24, gateway: 192.168.1.1 }
        # zfs can be replicated, shared (and ceph) is on all of its nodes, local dies with its node.
        storages:
          local-zfs: { kind: zfs, nodes: [pve1, pve2] }
        # backup: { storage: NAME, schedule: "02:00" }

      # Host keys are placeholders until you put in the first two words that
      # \`cat /etc/ssh/ssh_host_ed25519_key.pub\` prints in the container.
      homelab:guests:
        traefik-1:
          { vmid: 110, type: ct, node: pve1, address: 192.168.1.21, storage: local-zfs,
            hostKey: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIK2N25cVmTklDx+1uFzIA+Q5np1X13gIscaiAvwSSYCU }
        traefik-2:
          { vmid: 111, type: ct, node: pve2, address: 192.168.1.22, storage: local-zfs,
            hostKey: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIH6KBtg+5n3QyDvKglOnABtW4dMSs0pT5+eokVCf8HRj }

      # Members in the order in which they are to have the address.
      homelab:traefikPairs:
        traefik:
          vip: 192.168.1.20/24
          members: [{ guest: traefik-1 }, { guest: traefik-2 }]
          traefik: { version: 3.5.0 }
    "
  `);
  expect(messages().map((message) => message.split(": ")[0])).toEqual([
    "homelab:cluster.nodes",
    "homelab:guests.traefik-1.hostKey",
    "homelab:guests.traefik-2.hostKey",
  ]);
});

test("five nodes, storages on some of them, backups: a file without a warning", async () => {
  const node = [1, 2, 3, 4, 5].map((index) => `pve${index}=10.0.10.1${index}`);
  const storage = ["nas=shared", "tank=zfs:pve1,pve2", "local-lvm=local"];
  await run({ node, gateway: "10.0.10.1/22", storage, backup: "pbs", pve: "8" });
  expect(messages()).toEqual([]);
  const text = readFileSync(file(), "utf8");
  expect(text).toContain("pveVersion: 8");
  expect(text).toContain("cidr: 10.0.8.0/22");
  expect(text).toContain("tank: { kind: zfs, nodes: [pve1, pve2] }");
});

test("what a terminal is asked, and that a wrong answer is asked again", async () => {
  const answers = [
    "9",
    "pve1",
    "pve1=192.168.1.11",
    "pve2=192.168.1.12",
    "",
    "192.168.1.1/24",
    "local-zfs=zsf",
    "local-zfs=zfs",
    "",
    "pi",
    "",
    "192.168.2.20",
    "192.168.1.20",
    ...pair.traefik,
    "",
  ];
  const asked: string[] = [];
  await run({
    ask: async (question) => {
      asked.push(question);
      return answers.shift() ?? "";
    },
  });
  expect(answers).toEqual([]);
  expect(asked).toMatchInlineSnapshot(`
    [
      "Proxmox VE, 8 or 9",
      "first node, as name=address",
      "found "pve1", expected NAME=ADDRESS; write e.g. pve1=192.168.1.11
    first node, as name=address",
      "second node, as name=address",
      "another node (empty: no more)",
      "router of the nodes' network, as address/prefix length",
      "storage of the guests' disks, as name=zfs, name=shared or name=local",
      "found "local-zfs=zsf", expected NAME=KIND with zfs, shared, local; write e.g. local-zfs=zfs, and add a Ceph storage to the file by hand
    storage of the guests' disks, as name=zfs, name=shared or name=local",
      "another storage (empty: no more)",
      "host outside the cluster that votes as a QDevice (empty: none yet)",
      "storage of the nightly backups (empty: no backups)",
      "free address that a pair of Traefik containers shares (empty: no pair)",
      "found 192.168.2.20, which is not in 192.168.1.0/24; choose a free address of that network, or state its prefix length as well
    free address that a pair of Traefik containers shares (empty: no pair)",
      "first container, as name,vmid,node,address, e.g. traefik-1,110,pve1,192.168.1.21",
      "second container, on another node",
      "another container (empty: no more)",
    ]
  `);
  expect(messages().map((message) => message.split(": ")[0])).toEqual([
    "homelab:guests.traefik-1.hostKey",
    "homelab:guests.traefik-2.hostKey",
  ]);
});

test("with flags, a terminal is asked only for what cannot be left out", async () => {
  const asked: string[] = [];
  const ask = async (question: string) => {
    asked.push(question);
    return base.gateway;
  };
  await run({ ...base, gateway: undefined, ask } as Partial<InitOptions>);
  expect(asked).toEqual(["router of the nodes' network, as address/prefix length"]);
});

test("rejects what is missing or wrong, and writes nothing", async () => {
  const cases: Partial<InitOptions>[] = [
    {},
    { ...base, node: ["pve1=192.168.1.11"] },
    { ...base, node: ["pve1", "pve2"] },
    { ...base, node: ["pve1=192.168.1.11", "pve2=192.168.1.512"] },
    { ...base, gateway: "192.168.1.1" },
    { ...base, storage: ["local-zfs=zsf"] },
    { ...base, storage: ["local-zfs=zfs:pve1,pve3"] },
    { ...base, pve: "7" },
    { ...base, vip: pair.vip },
    { ...base, traefik: pair.traefik },
    { ...base, vip: "192.168.2.20", traefik: pair.traefik },
    { ...base, ...pair, vip: "192.168.1.11" },
    { ...base, ...pair, traefik: pair.traefik.slice(0, 1) },
    { ...base, ...pair, traefik: ["traefik-1,110,pve1", "traefik-2"] },
    { ...base, live: true },
    { ...base, dir: join(folder.dir, "nowhere") },
  ];
  const found: string[] = [];
  for (const options of cases) found.push(await refusal(options));
  expect(found).toMatchInlineSnapshot(`
    [
      "missing --node NAME=ADDRESS (at least twice), --gateway ADDRESS/PREFIX, --storage NAME=KIND, and there is no terminal to ask on; add them, or read a running cluster with --live",
      "missing a second --node NAME=ADDRESS (at least twice), and there is no terminal to ask on; add them, or read a running cluster with --live",
      "--node: found "pve1", expected NAME=ADDRESS; write e.g. pve1=192.168.1.11",
      "--node pve2: found "192.168.1.512", expected an IPv4 or IPv6 address; write four numbers from 0 to 255, e.g. 192.168.1.110",
      "--gateway: found "192.168.1.1", expected an IPv4 or IPv6 address with its prefix length; add the prefix length of its network, e.g. 192.168.1.1/24",
      "--storage: found "local-zfs=zsf", expected NAME=KIND with zfs, shared, local; write e.g. local-zfs=zfs, and add a Ceph storage to the file by hand",
      "--storage local-zfs: there is no node "pve3", only pve1, pve2; correct it, or add --node pve3=ADDRESS",
      "--pve: found "7", expected 8 or 9; run \`pveversion\` on a node",
      "missing --traefik NAME,VMID,NODE,ADDRESS (twice) beside --vip; add it",
      "missing --vip ADDRESS beside --traefik; add it",
      "--vip: found 192.168.2.20, which is not in 192.168.1.0/24; choose a free address of that network, or state its prefix length as well",
      "nothing was written: …/Pulumi.house-5.yaml has 1 problem:
      homelab:traefikPairs.traefik.vip: 192.168.1.11 is the virtual address of "traefikPairs.traefik" and also that of host "pve1" (cluster.nodes.pve1.address), so both answer for it; give one of them another address",
      "missing --traefik NAME,VMID,NODE,ADDRESS (twice) beside --vip; add it",
      "--traefik: found "traefik-1,110,pve1", expected NAME,VMID,NODE,ADDRESS; write e.g. traefik-1,110,pve1,192.168.1.21",
      "found --node beside --live, which reads that from the cluster; leave one of the two out",
      "folder …/nowhere does not exist; create it first",
    ]
  `);
  expect(() => readFileSync(file())).toThrow("ENOENT");
});

test("a file that is there is not replaced without --force, which keeps secrets", async () => {
  const secret = "homelab:secrets:\n    sshPrivateKey: { secure: v1:abc }\n";
  const key = "encryptionsalt: v1:salt\n";
  writeFileSync(
    file(),
    `${key}config:\n  proxmoxve:insecure: "false"\n  ${secret}  homelab:guests: {}\n`,
  );
  expect(await refusal(base)).toBe(
    `…/Pulumi.${stack}.yaml: already there; name another stack, or use --force to replace it (secrets are kept)`,
  );
  await run({ ...base, force: true });
  const text = readFileSync(file(), "utf8");
  for (const kept of ["v1:salt", "v1:abc", 'proxmoxve:insecure: "false"', "# zfs can be"])
    expect(text).toContain(kept);
  expect(messages()).toHaveLength(1);
});

test("a file that `pulumi stack init` made is filled in", async () => {
  writeFileSync(file(), "encryptionsalt: v1:salt\n");
  await run(base);
  expect(readFileSync(file(), "utf8")).toContain("encryptionsalt: v1:salt");
  expect(messages()).toHaveLength(1);
});

test("--live reads a cluster as adopt does, into a file that has only a key, and not a second time", async () => {
  const env = envOf(await served(clusterAsItWas(9)));
  writeFileSync(file(), "encryptionsalt: v1:salt\n");
  const lines = await run({ live: true, env });
  const text = readFileSync(file(), "utf8");
  expect(text).toMatch(/^encryptionsalt: "?v1:salt/m);
  expect(text).toContain("vmid: 110");
  expect(lines.join("\n")).toContain(`pulumi stack init ${stack}`);
  expect(await refusal({ live: true, env })).toBe(
    `…/Pulumi.${stack}.yaml: already there; name another stack, or use --force to replace it (secrets are kept)`,
  );
});

test("--live takes two containers of the cluster for a pair, and refuses what is none", async () => {
  const env = envOf(await served(clusterAsItWas(9)));
  const asked = (vip: string, ...traefik: string[]) => ({ live: true, env, vip, traefik });
  expect(await refusal(asked("192.168.1.150", "a", "b"))).toMatch(/^--vip: found .*prefix length/);
  expect(await refusal(asked("192.168.1.150/24", "a"))).toMatch(/^missing --traefik NAME/);
  expect(await refusal(asked("192.168.1.150/24", "nobody", "b"))).toMatch(
    /^--traefik: found "nobody", expected a guest that is taken over: /,
  );
  expect(await refusal({ live: true, env, traefik: ["a"] })).toMatch(/^missing --vip/);
  const lines = await run(asked("192.168.1.150/24", "traefik", "adguard"));
  expect(lines.join("\n")).toContain("to import");
  expect(lines.join("\n")).not.toContain("--expect-no-changes");
  const text = readFileSync(file(), "utf8");
  expect(text).toMatch(/vip: "?192\.168\.1\.150\/24/);
  expect(text).not.toContain("What Proxmox does not know");
  expect(messages().join("\n")).toMatch(/adguard.*placeholder/);
});

test.each([
  ["192.168.1.1/24", "192.168.1.0/24"],
  ["10.1.2.3/9", "10.0.0.0/9"],
  ["fd00:1::1/64", "fd00:1::/64"],
])("the network of the router %s is %s", (router, cidr) => {
  expect(networkOf(router).cidr).toBe(cidr);
});
