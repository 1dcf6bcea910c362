import { RunError } from "@pulumi/pulumi";
import { expect, test } from "vitest";
import { parseStackFile } from "../../config/file/parse-file";
import { program } from "../../program";
import { runWithMocks } from "../../sim/mocks";
import { worldFromStack } from "../../sim/seed";
import { resolvedValue } from "../components/recorder";
import { stackData, stackText } from "../support/clusters/stacks";

interface Balancer {
  members: object[];
}

/** Runs the program on a committed stack file, optionally damaged, and records what it registers. */
async function run(
  stack: string,
  damage: (data: Record<string, unknown>) => void = () => {},
  more: Record<string, string> = {},
) {
  const { parsed } = parseStackFile(stackText(stack));
  if (parsed.stack === undefined) throw new Error(`Pulumi.${stack}.yaml is refused`);
  const data = stackData(stack);
  damage(data);
  let outputs: Record<string, unknown> = {};
  const started = async () => {
    const balancers = Object.keys(parsed.stack.apiLoadBalancers);
    outputs = await program({
      statsPasswords: Object.fromEntries(
        balancers.map((name) => [name, "1f0c9a3be7d2486f85a1c0d4"]),
      ),
    });
    return outputs;
  };
  const resources = await runWithMocks(started, {
    project: "homelab-ha",
    stack,
    config: {
      ...Object.fromEntries(
        Object.entries(data).map(([name, value]) => [`homelab:${name}`, JSON.stringify(value)]),
      ),
      ...more,
    },
    world: worldFromStack(parsed.stack),
  });
  return { resources, outputs };
}

test.each(["homelab", "matrix"])("every resource of %s keeps its name", async (stack) => {
  const { resources } = await run(stack);
  const lines = resources
    .filter(({ type }) => type !== "pulumi:pulumi:Stack")
    .map(({ type, name }) => `${type} ${name}`)
    .sort();
  // A name is identity: a changed line here destroys one resource and creates another.
  await expect(`${lines.join("\n")}\n`).toMatchFileSnapshot(`__files__/${stack}.txt`);
});

test("guests outside HA are backed up too", async () => {
  const { resources } = await run("matrix");
  const job = resources.find(({ name }) => name === "outside-ha-backup");
  expect(job?.inputs).toMatchObject({
    vmids: ["1101", "1102", "1103", "1104"],
    storage: "backup",
    schedule: "02:00",
  });
});

test("containers that the stack creates come one after the other, then HA", async () => {
  const create = {
    template: "local:vztmpl/debian-12-standard_12.7-1_amd64.tar.zst",
    diskGb: 8,
    memoryMb: 1024,
    cores: 2,
    gateway: "192.168.1.1",
  };
  const { resources } = await run("homelab", (data) => {
    const guests = data.guests as Record<string, Record<string, unknown>>;
    const place = { type: "ct", node: "proxmox2", storage: "local-zfs", purpose: "test", create };
    guests.links = { ...place, vmid: 140, address: "192.168.1.140", startup: { order: 6 } };
    guests.notes = { ...place, vmid: 141, address: "192.168.1.141" };
    const groups = data.haGroups as Record<string, { guests: string[] }>;
    groups.applications?.guests.push("links");
  });
  const order = resources.map(({ name }) => name);
  expect(order.indexOf("links")).toBeLessThan(order.indexOf("notes"));
  expect(order.indexOf("notes")).toBeLessThan(order.indexOf("applications-links-ha"));
  expect(resources.find(({ name }) => name === "links")?.inputs).toMatchObject({
    initialization: {
      ipConfigs: [{ ipv4: { address: "192.168.1.140/24", gateway: "192.168.1.1" } }],
    },
    startup: { order: 6 },
  });
  expect(order).not.toContain("applications-links-startup");
});

test("the outputs are the addresses that clients use", async () => {
  const { outputs } = await run("homelab");
  const { traefikPairs, apiLoadBalancers, kubernetesIngress } = outputs as Record<
    string,
    Record<string, Record<string, never>>
  >;
  expect(await resolvedValue(traefikPairs?.traefik?.address as never)).toBe("192.168.1.101");
  expect(await resolvedValue(apiLoadBalancers?.["k8s-api"]?.endpoint as never)).toBe(
    "192.168.56.100:6443",
  );
  expect(await resolvedValue(kubernetesIngress?.["traefik-lb"]?.dnsName as never)).toBe(
    "traefik-lb.traefik.svc.cluster.local",
  );
});

test("the outputs say what the loss of its node costs each guest, by storage tier", async () => {
  const { outputs } = await run("matrix");
  expect(outputs.storageTiers).toMatchObject([
    { tier: "zfs-replicated", rtoSec: [115, 225], rpoSec: 60 },
    { tier: "ceph", rtoSec: [115, 225], rpoSec: 0 },
    { tier: "pinned", rtoSec: [3600, 28800], rpoSec: 86400 },
    // Their disks are on Ceph: nothing is lost, and they wait for their node.
    { tier: "pinned", guests: ["iot-management", "game-server"], rtoSec: null, rpoSec: 0 },
  ]);
});

test("rejects a stack file with a mistake before anything is registered", async () => {
  const refused = await run("homelab", (data) => {
    const pairs = data.traefikPairs as Record<string, { check: { weight: number } }>;
    if (pairs.traefik) pairs.traefik.check.weight = -20;
  }).catch((error: Error) => error);
  // The engine shows this kind of error without a stack trace.
  expect(RunError.isInstance(refused)).toBe(true);
  expect((refused as Error).message).toMatchInlineSnapshot(`
    "Pulumi.homelab.yaml has 1 problem:
      homelab:traefikPairs.traefik.check.weight: a failed check lowers "traefik" from 200 to 180, which is not below 100 of "traefik-2", so the virtual address never moves; use weight -101 or lower (for example -120), or weight 0 (FAULT)"
  `);
});

test("rejects admin, 1111 and one password for two, and shows none", async () => {
  const refused = async (...passwords: [string, string]) => {
    const [first, second] = passwords;
    const balancers = { "k8s-api": first, second };
    const secrets = { "homelab:secrets": JSON.stringify({ statsPasswords: balancers }) };
    const twice = (data: Record<string, unknown>) => {
      const { "k8s-api": one } = data.apiLoadBalancers as Record<string, Balancer>;
      const other = {
        ...one,
        vip: "192.168.56.101/24",
        virtualRouterId: 57,
        members: one?.members.map((member, index) => ({
          ...member,
          host: `other${index}`,
          address: `192.168.56.${30 + index}`,
        })),
      };
      data.apiLoadBalancers = { "k8s-api": one, second: other };
    };
    return run("homelab", twice, secrets).then(
      () => "accepted",
      (error: Error) => error.message,
    );
  };
  const good = ["6d1be0f7a95c", "2b8e4471c3fa"].map((half) => half.repeat(2)) as [string, string];
  expect(await refused(...good)).toBe("accepted");
  expect(await refused("admin", "1111")).toMatchInlineSnapshot(`
    "Pulumi.homelab.yaml has 2 problems:
      homelab:secrets.statsPasswords.k8s-api: the password "k8s-api" is a well-known default or one with decoration; set a random one, for example from \`openssl rand -hex 24\`
      homelab:secrets.statsPasswords.second: the password "second" is a repetition or a row of keys; set a random one, for example from \`openssl rand -hex 24\`"
  `);
  expect(await refused(good[0], good[0])).toMatchInlineSnapshot(`
    "Pulumi.homelab.yaml has 1 problem:
      homelab:secrets.statsPasswords: "k8s-api" and "second" have the same password, so whoever knows one has both; set a random one for each, for example from \`openssl rand -hex 24\`"
  `);
});

test("rejects a misspelt namespace, and leaves those of providers alone", async () => {
  const pairs = JSON.stringify({ other: {} });
  const names = async (more: Record<string, string>) =>
    run("matrix", () => {}, more).catch((error: Error) => error.message);
  expect(await names({ "homelb:traefikPairs": pairs })).toMatchInlineSnapshot(`
    "Pulumi.matrix.yaml has 1 problem:
      homelb:traefikPairs: nothing reads the namespace "homelb"; did you mean "homelab:traefikPairs"?"
  `);
  expect(await names({ "proxmoxve:endpoint": "https://192.168.1.10:8006" })).toMatchObject({
    resources: expect.any(Array),
  });
});
