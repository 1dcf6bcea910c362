import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, onTestFinished, test } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { runProgram } from "../../../bench/mock-run";
import type { ImportFile } from "../../../cli/commands/adopt/import";
import { readStackFile } from "../../../config/file/stack-file";
import type { ApiFault } from "../../../sim/proxmox/api-server/server";
import { siteFromStack } from "../../../sim/proxmox/api-server/site";
import { worldFromStack } from "../../../sim/seed";
import { World } from "../../../sim/world";
import { adopted, envOf, filesIn } from "../../support/adopt";
import {
  type Cluster,
  carryOut,
  clusterAsItWas,
  homelabStack,
  served,
} from "../../support/clusters/baseline-cluster";
import { homelab, scratch } from "../../support/clusters/homelab";
import { stackData } from "../../support/clusters/stacks";
import { jsonOf } from "../../support/json";
import { freePort } from "../../support/sshd";

const { dir, remove } = scratch();
afterAll(remove);

let folders = 0;
/** A folder that nobody has written to. */
function fresh(): string {
  folders += 1;
  const folder = join(dir, `run-${folders}`);
  mkdirSync(folder);
  return folder;
}

/** Adopts a cluster, and gives what was said and written. */
async function taken(cluster: Cluster) {
  const folder = fresh();
  const lines = await adopted(await served(cluster), folder);
  const files = filesIn(folder);
  const { data } = readStackFile(files.stack);
  return {
    ...files,
    folder,
    data: data as Record<string, Record<string, Record<string, unknown>>>,
    left: lines.filter((line) => line.startsWith("- ")),
    lines: lines.map((line) => line.replaceAll(folder, "DIR")),
  };
}

/** Groups, rules and guests of every kind that a stack file cannot say. */
function awkward(): Cluster {
  const cluster = clusterAsItWas(9);
  const { proxmox: pve } = cluster.world.state;
  const rule = {
    type: "resource-affinity",
    affinity: "negative",
    nodes: {},
    strict: false,
  } as const;
  const placed = { type: "node-affinity", strict: false, disable: false } as const;
  Object.assign(pve.haRules, {
    east: { ...placed, resources: ["ct:113"], nodes: { proxmox3: 1, proxmox: 1 } },
    west: { ...placed, resources: ["ct:116"], nodes: { proxmox2: 1 } },
    off: { ...rule, resources: ["ct:122", "ct:130"], disable: true },
    stopped: { ...placed, resources: ["ct:131", "ct:1250"], nodes: { proxmox2: 1 } },
    across: { ...rule, resources: ["ct:113", "ct:116"], disable: false },
  });
  Object.assign(pve.haResources["ct:131"] ?? {}, { state: "stopped" });
  Object.assign(pve.replications["122-0"] ?? {}, { disable: true });
  pve.backupJobs.weekly = { all: true, enabled: false, storage: "backup", schedule: "sat 02:00" };
  const { guests } = cluster.site;
  Object.assign(guests["130"] ?? {}, { dev0: "/dev/ttyUSB0" });
  Object.assign(guests["132"] ?? {}, {
    startup: "order=3,up=30",
    description: "password: hunter2",
    net0: "name=eth0,bridge=vmbr0,ip=192.168.1.110/24,type=veth",
  });
  const nas = pve.guests["135"];
  if (nas) nas.name = "NAS_#1";
  const twin = pve.guests["134"];
  if (twin) twin.name = "netbox";
  return cluster;
}

test("what a stack file cannot say stays in the cluster, and the reason is said and written", async () => {
  const { left, stack, data } = await taken(awkward());
  expect(left).toMatchInlineSnapshot(`
    [
      "- HA resource ct:122: not taken over, because zigbee2mqtt (ct:122) is under HA, and its ZFS disk on proxmox3 is not replicated to proxmox, where HA may start it",
      "- HA resource ct:130: not taken over, because mqtt-prod (ct:130) is under HA and uses usb /dev/ttyUSB0 of proxmox3: HA cannot start it anywhere else",
      "- HA resource ct:131: not taken over, because its state is "stopped", and an HaGroup starts its guests",
      "- HA resource ct:1250: not taken over, because rule stopped places it together with ct:131, which is not",
      "- rule off: not taken over, because it is switched off",
      "- rule stopped: not taken over, because it names ct:131, which is not taken over",
      "- rule across: not taken over, because its guests have different placements, and an HaGroup states one for all",
      "- replication job 122-0: not taken over, because it is switched off",
      "- replication job 122-1: not taken over, because its guest is in no HA group of the stack file",
      "- replication job 1250-0: not taken over, because its guest is in no HA group of the stack file",
      "- replication job 1250-1: not taken over, because its guest is in no HA group of the stack file",
      "- replication job 130-0: not taken over, because its guest is in no HA group of the stack file",
      "- replication job 130-1: not taken over, because its guest is in no HA group of the stack file",
      "- replication job 131-0: not taken over, because its guest is in no HA group of the stack file",
      "- replication job 131-2: not taken over, because its guest is in no HA group of the stack file",
      "- backup job nightly: not taken over, because it is not one that an HaGroup makes; homelab:cluster.backup.existingJobs names it, and this stack makes none beside it",
      "- backup job weekly: not taken over, because it is switched off",
    ]
  `);
  for (const line of left) expect(stack).toContain(`# ${line}\n`);
  expect(data.haGroups).toMatchInlineSnapshot(`
    {
      "anywhere": {
        "guests": [
          "influxdb",
        ],
        "nodes": {},
        "replication": {
          "everyMinutes": 15,
          "jobs": {
            "influxdb": [
              {
                "number": 0,
                "target": "proxmox",
              },
              {
                "number": 2,
                "target": "proxmox3",
              },
            ],
          },
        },
      },
      "east": {
        "guests": [
          "postgresql",
        ],
        "nodes": {
          "proxmox": 1,
          "proxmox3": 1,
        },
        "replication": {
          "everyMinutes": 15,
          "jobs": {
            "postgresql": [
              {
                "number": 0,
                "target": "proxmox",
              },
              {
                "number": 1,
                "target": "proxmox2",
              },
            ],
          },
        },
        "ruleIds": {
          "ha-group-east": "east",
        },
      },
      "west": {
        "guests": [
          "adguard-2",
        ],
        "nodes": {
          "proxmox2": 1,
        },
        "replication": {
          "everyMinutes": 15,
          "jobs": {
            "adguard-2": [
              {
                "number": 0,
                "target": "proxmox",
              },
              {
                "number": 2,
                "target": "proxmox3",
              },
            ],
          },
        },
        "ruleIds": {
          "ha-group-west": "west",
        },
      },
    }
  `);
  expect(stack).not.toContain("hunter2");
  expect(stack.slice(stack.indexOf("uptime-kuma:"))).toMatchInlineSnapshot(`
    "uptime-kuma:
          vmid: 132
          type: ct
          purpose: not stated yet
          node: proxmox
          storage: local-zfs
          diskGb: 8
          memoryMb: 512
          cores: 1
          # startup: { order: 3, upSec: 30 }
        # Proxmox calls it "netbox".
        netbox-134:
          vmid: 134
          type: ct
          purpose: not stated yet
          node: proxmox
          storage: local-zfs
          diskGb: 8
          memoryMb: 512
          cores: 1
        # Proxmox calls it "NAS_#1".
        nas-1:
          vmid: 135
          type: ct
          purpose: not stated yet
          node: proxmox
          storage: local-zfs
          diskGb: 8
          memoryMb: 512
          cores: 1
        adguard:
          vmid: 1250
          type: ct
          purpose: not stated yet
          node: proxmox3
          address: 192.168.1.253
          storage: local-zfs
          diskGb: 8
          memoryMb: 512
          cores: 1
      homelab:haGroups:
        east:
          guests: [ postgresql ]
          nodes: { proxmox3: 1, proxmox: 1 }
          replication:
            everyMinutes: 15
            jobs:
              postgresql:
                - { number: 0, target: proxmox }
                - { number: 1, target: proxmox2 }
          ruleIds: { ha-group-east: east }
        west:
          guests: [ adguard-2 ]
          nodes: { proxmox2: 1 }
          replication:
            everyMinutes: 15
            jobs:
              adguard-2:
                - { number: 0, target: proxmox }
                - { number: 2, target: proxmox3 }
          ruleIds: { ha-group-west: west }
        anywhere:
          guests: [ influxdb ]
          nodes: {}
          replication:
            everyMinutes: 15
            jobs:
              influxdb:
                - { number: 0, target: proxmox }
                - { number: 2, target: proxmox3 }

    # What Proxmox does not know:

    #  homelab:traefikPairs:
    #    traefik:
    #      vip: 192.168.1.101/24
    #      interface: eth0
    #      virtualRouterId: 51
    #      check: { weight: -120 }
    #      members:
    #        - { guest: traefik, priority: 200 }
    #        - { guest: traefik-2, priority: 100 }
    #      traefik: { version: 3.5.0 }

    "
  `);
});

test("the owner's cluster as it was, word for word", async () => {
  const { stack, imports, lines } = await taken(clusterAsItWas(8));
  expect(lines.join("\n")).toMatchInlineSnapshot(`
    "DIR/Pulumi.house.yaml: 3 nodes, 1 storage, 12 guests, 1 HA group
    DIR/Pulumi.house.import.json: 21 resources to import
    - backup job nightly: not taken over, because it is not one that an HaGroup makes; homelab:cluster.backup.existingJobs names it, and this stack makes none beside it
    warning: homelab:cluster.backup.storage: "backup" is not in homelab:cluster.storages, so nobody knows on which node the backups are, and no restore is promised; declare the storage there, or state cluster.backup.on: a node, a guest, or outside

    next steps, none of which changes the cluster:
      pulumi stack init house
      pulumi up --stack house --target 'urn:pulumi:house::homelab-ha::homelab:components:HaGroup::*'
      pulumi import --stack house --file DIR/Pulumi.house.import.json --protect=false --generate-code=false
      pulumi preview --stack house --expect-no-changes"
  `);
  expect(stack.slice(0, stack.indexOf("adguard-2:"))).toMatchInlineSnapshot(`
    "# The cluster "homelab" as it is, read by \`homelab adopt\`. How it comes under management, and
    # what a file like this can say beside that: https://github.com/homelab-ha/homelab-ha/blob/main/docs/adopt.md

    # Left in the cluster as they are:
    # - backup job nightly: not taken over, because it is not one that an HaGroup makes; homelab:cluster.backup.existingJobs names it, and this stack makes none beside it

    config:
      homelab:cluster:
        name: homelab
        pveVersion: 8
        # For what is done over SSH, state the host key of one node at least, compared on its console:
        # hostKey: ssh-ed25519 AAAA…
        nodes:
          proxmox:
            address: 192.168.1.137
            memoryGb: 32
            cores: 8
          proxmox2:
            address: 192.168.1.125
            memoryGb: 32
            cores: 8
          proxmox3:
            address: 192.168.1.126
            memoryGb: 32
            cores: 8
        segments:
          lan:
            cidr: 192.168.1.0/24
        storages:
          local-zfs:
            kind: zfs
            nodes: [ proxmox, proxmox2, proxmox3 ]
        backup:
          storage: backup
          schedule: "02:00"
          existingJobs: [ nightly ]
      # purpose is for reports: say what each guest is for. A \`startup\` in a comment is the order that
      # Proxmox has; uncommented, \`up\` sets it over SSH, for which one node needs its hostKey.
      homelab:guests:
        influxdb:
          vmid: 100
          type: ct
          purpose: not stated yet
          node: proxmox2
          storage: local-zfs
          diskGb: 8
          memoryMb: 512
          cores: 1
        traefik:
          vmid: 110
          type: ct
          purpose: not stated yet
          node: proxmox
          address: 192.168.1.110
          storage: local-zfs
          diskGb: 8
          memoryMb: 512
          cores: 1
        postgresql:
          vmid: 113
          type: ct
          purpose: not stated yet
          node: proxmox3
          storage: local-zfs
          diskGb: 8
          memoryMb: 512
          cores: 1
        "
  `);
  const file = importFileIn(imports);
  expect(file.resources.slice(0, 3)).toMatchInlineSnapshot(`
    [
      {
        "id": "100-0",
        "name": "anywhere-influxdb-replica-0",
        "parent": "HaGroup anywhere",
        "type": "proxmoxve:index/replication:Replication",
        "version": "8.6.0",
      },
      {
        "id": "100-2",
        "name": "anywhere-influxdb-replica-2",
        "parent": "HaGroup anywhere",
        "type": "proxmoxve:index/replication:Replication",
        "version": "8.6.0",
      },
      {
        "id": "ct:100",
        "name": "anywhere-influxdb-ha",
        "parent": "HaGroup anywhere",
        "type": "proxmoxve:index/haresource:Haresource",
        "version": "8.6.0",
      },
    ]
  `);
});

/** The cluster as an `up` of the stack file leaves it. */
async function afterUp(): Promise<Cluster> {
  const stack = homelabStack();
  const world = World.inMemory(worldFromStack(stack));
  await carryOut(world, await runProgram(stackData("homelab")));
  return { world, site: siteFromStack(stack) };
}

/** Type, name, id and parent of what a program makes in Proxmox. */
async function registered(data: Record<string, unknown>) {
  const resources = await runProgram(data);
  return resources
    .filter(({ type }) => type.startsWith("proxmoxve:"))
    .map(({ type, name, inputs, parentUrn = "" }) => {
      const id = inputs.resourceId ?? inputs.rule ?? inputs.group;
      return [type, name, id, parentUrn.includes("HaGroup") ? parentUrn.split("::").at(-1) : "-"];
    })
    .sort();
}

const importFileIn = (text: string): ImportFile => jsonOf(importFileSchema, text);

const importFileSchema = z.object({
  nameTable: z.record(z.string(), z.string()),
  resources: z.array(
    z.strictObject({
      type: z.string(),
      name: z.string(),
      id: z.string(),
      parent: z.string().exactOptional(),
      version: z.string(),
    }),
  ),
});

const imported = ({ resources }: ImportFile) =>
  resources.map(({ type, name, id, parent = "-" }) => [
    type,
    name,
    id,
    parent.replace("HaGroup ", ""),
  ]);

test("the import file has every resource of the program under its name, and no other", async () => {
  for (const make of [() => clusterAsItWas(8), () => awkward(), afterUp]) {
    const { data, imports } = await taken(await make());
    const file = importFileIn(imports);
    expect(imported(file).sort()).toEqual(await registered(data));
    // Else a resource that is named like its parent is taken for it.
    expect(file.resources.filter(({ name }) => file.nameTable[name] !== undefined)).toEqual([]);
    const stack = "urn:pulumi:house::homelab-ha::homelab:components:HaGroup";
    expect(Object.values(file.nameTable).sort()).toEqual(
      Object.keys(data.haGroups ?? {})
        .map((name) => `${stack}::${name}`)
        .sort(),
    );
  }
});

test("a cluster that this program made is taken over whole, its own backup jobs too", async () => {
  const { data, left, imports } = await taken(await afterUp());
  expect(left).toEqual([]);
  const before = homelabStack();
  expect(Object.keys(data.haGroups ?? {}).sort()).toEqual(Object.keys(before.haGroups).sort());
  expect(data.cluster?.backup).toEqual({ storage: "backup", schedule: "02:00" });
  expect(imported(importFileIn(imports)).sort()).toEqual(await registered(stackData("homelab")));
});

test("a foreign job covers the guests that it names, and the others have no backup", async () => {
  const cluster = clusterAsItWas();
  cluster.world.state.proxmox.backupJobs = {
    two: { vmids: ["100", "110"], enabled: true, storage: "PBS_main", schedule: "sat 18:15" },
  };
  const { data, stack } = await taken(cluster);
  expect(data.cluster?.backup).toEqual({
    storage: "PBS_main",
    schedule: "sat 18:15",
    existingJobs: ["two"],
  });
  const unsaved = Object.entries(data.guests ?? {}).filter(([, { backup }]) => backup === false);
  expect(unsaved).toHaveLength(10);
  expect(stack).not.toContain("no backup job says it");
});

test("rejects what cannot be taken over, in one line, and writes nothing", async () => {
  const reported: Record<string, string> = {};
  const attempt = async (
    name: string,
    cluster: Cluster,
    more: { faults?: ApiFault[]; silent?: string[]; env?: Record<string, string> } = {},
  ) => {
    const folder = fresh();
    const { env, ...options } = more;
    const api = await served(cluster, options);
    const run = adopted(api, folder, { env: { ...envOf(api), ...env } });
    reported[name] = await run.then(
      () => "adopted",
      (error: Error) =>
        `${error.constructor.name}: ${error.message.replace(/127\.0\.0\.1:\d+/g, "HOST").replace(/([0-9A-F]{2}:){31}[0-9A-F]{2}/g, "PIN")}`,
    );
    expect(readdirSync(folder)).toEqual([]);
  };
  const on = (path: RegExp, fault: Omit<ApiFault, "path">) => [{ path, ...fault }];
  const expired = "audit@pve!homelab=00000000-0000-4000-8000-000000000000";
  const pin = Array(32).fill("AA").join(":");
  await attempt("expired token", clusterAsItWas(), { env: { PROXMOX_VE_API_TOKEN: expired } });
  await attempt("wrong certificate", clusterAsItWas(), { env: { PROXMOX_VE_FINGERPRINT: pin } });
  await attempt("nobody there", clusterAsItWas(), {
    env: { PROXMOX_VE_ENDPOINT: `https://127.0.0.1:${await freePort()}` },
  });
  await attempt("not JSON", clusterAsItWas(), {
    faults: on(/^\/cluster\/ha\/rules$/, { body: "<html>" }),
  });
  await attempt("another shape", clusterAsItWas(), {
    faults: on(/^\/cluster\/backup$/, { body: '{"data":[{"vmid":100}]}' }),
  });
  await attempt("a node that does not answer", clusterAsItWas(), { silent: ["proxmox3"] });
  const vanishing = clusterAsItWas();
  await attempt("a guest that vanishes", vanishing, {
    faults: on(/^\/cluster\/resources$/, {
      afterwards: () => {
        delete vanishing.world.state.proxmox.guests["132"];
      },
    }),
  });
  const between = clusterAsItWas(9);
  between.world.state.proxmox.haGroups.old = { nodes: { proxmox: 1 } };
  await attempt("an upgrade that is under way", between);
  expect(reported).toMatchInlineSnapshot(`
    {
      "a guest that vanishes": "PreconditionError: https://HOST: lxc/132 (uptime-kuma) was listed on proxmox and is gone: it is being deleted or moved; run this again when that is done",
      "a node that does not answer": "UsageError: https://HOST/nodes/proxmox3/status: node proxmox3 does not answer the API (595 No route to host); check that it is up: systemctl status pveproxy pve-cluster; adopting takes every node and guest, so run this again when it answers",
      "an upgrade that is under way": "UsageError: https://HOST: the cluster is being upgraded (version 9 has not made rules of its HA groups yet); finish that, and run this again when Datacenter, HA, Groups is empty",
      "another shape": "PreconditionError: https://HOST/cluster/backup: the answer is not as Proxmox documents it: data.0.id: Invalid input; see whether this version of Proxmox VE (8 and 9 are known) answers so",
      "expired token": "PreconditionError: https://HOST/version: the API token is refused (401 Authentication failed!): it is unknown, expired or has another secret; make a new one (Datacenter > Permissions > API Tokens) and put it into PROXMOX_VE_API_TOKEN",
      "nobody there": "PreconditionError: https://HOST: no connection to the Proxmox API (connect ECONNREFUSED HOST); correct PROXMOX_VE_ENDPOINT, or name a node that is up",
      "not JSON": "PreconditionError: https://HOST/cluster/ha/rules: the answer is not JSON (it begins with "<html>"); see whether a proxy answers in place of Proxmox",
      "wrong certificate": "PreconditionError: https://HOST: its certificate has the fingerprint PIN, and PIN is pinned; nothing was sent: if the certificate was renewed, take the new fingerprint from \`pvenode cert info\` on the node itself",
    }
  `);
});

test("rejects to replace files without --force, and keeps the secrets with it", async () => {
  const api = await served(clusterAsItWas());
  const folder = fresh();
  const file = join(folder, "Pulumi.house.yaml");
  const before =
    "encryptionsalt: v1:abc\nconfig:\n  homelab:secrets:\n    statsPasswords:\n      k8s-api: { secure: v1:xyz }\n  homelab:tunnels: {}\n  proxmoxve:insecure: false\n";
  writeFileSync(file, before);
  await expect(adopted(api, folder)).rejects.toThrow(
    `${file}: already there; name another stack, or use --force to replace it (secrets are kept)`,
  );
  expect(readFileSync(file, "utf8")).toBe(before);
  expect(api.calls).toEqual([]);
  await adopted(api, folder, { force: true });
  const { encryptionsalt, config } = parse(readFileSync(file, "utf8"));
  expect([encryptionsalt, config["homelab:secrets"], config["proxmoxve:insecure"]]).toEqual([
    "v1:abc",
    { statsPasswords: { "k8s-api": { secure: "v1:xyz" } } },
    false,
  ]);
  expect(config["homelab:tunnels"]).toBeUndefined();
  const both = Object.values(filesIn(folder)).join("\n");
  expect(both).not.toContain(api.token.split("=")[1]);
});

test("writes both files or none", async () => {
  const api = await served(clusterAsItWas());
  const folder = fresh();
  // A folder in the place of the second.
  mkdirSync(join(folder, "Pulumi.house.import.json"));
  const refused = adopted(api, folder, { force: true });
  await expect(refused).rejects.toThrow(
    /import\.json cannot be written \(EISDIR\), so nothing was/,
  );
  expect(readdirSync(folder)).toEqual(["Pulumi.house.import.json"]);
});

const mistakes: Record<string, string[]> = {
  "no stack": [],
  "a name that is none": ["--stack", "../up"],
  "a folder that is not there": ["--stack", "house", "--dir", "/nowhere"],
  "a stack that is there": ["--stack", "homelab"],
  "an option that there is not": ["--stack", "house", "--forse"],
  "no environment": ["--stack", "house"],
};

test("rejects what cannot be meant with exit code 2, and a missing environment with 4", async () => {
  for (const name of Object.keys(process.env).filter((key) => key.startsWith("PROXMOX_VE_"))) {
    const value = process.env[name];
    delete process.env[name];
    onTestFinished(() => {
      process.env[name] = value;
    });
  }
  const reported: Record<string, string> = {};
  for (const [name, args] of Object.entries(mistakes)) {
    const { code, stdout, stderr } = await homelab("adopt", ...args);
    expect([name, code, stdout]).toEqual([name, name === "no environment" ? 4 : 2, ""]);
    reported[name] = stderr.trim().replace(process.cwd(), "PROJECT");
  }
  expect(reported).toMatchInlineSnapshot(`
    {
      "a folder that is not there": "folder /nowhere does not exist; create it first",
      "a name that is none": "found "../up", expected a stack name of at most 100 letters, digits, hyphens, underscores and periods that begins with none of "-" and "."; name it as in Pulumi.<name>.yaml",
      "a stack that is there": "Pulumi.homelab.yaml: already there; name another stack, or use --force to replace it (secrets are kept)",
      "an option that there is not": "error: unknown option '--forse'
    (Did you mean --force?)",
      "no environment": "PROXMOX_VE_ENDPOINT and PROXMOX_VE_API_TOKEN: missing in the environment; set PROXMOX_VE_ENDPOINT to the URL of a node and PROXMOX_VE_API_TOKEN to a token with the role PVEAuditor on /",
      "no stack": "error: required option '--stack <name>' not specified",
    }
  `);
  expect(existsSync(join(process.cwd(), "Pulumi.house.yaml"))).toBe(false);
});
