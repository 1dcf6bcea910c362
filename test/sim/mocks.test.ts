import { Command } from "@pulumi/command/remote/command";
import { CopyToRemote } from "@pulumi/command/remote/copyToRemote";
import * as pulumi from "@pulumi/pulumi";
import { StringAsset } from "@pulumi/pulumi/asset";
import { expect, test } from "vitest";
import { runWithMocks } from "../../sim/mocks";
import { seedWorld } from "../../sim/seed";
import { refusal } from "../support/platform";
import { rawProgram, rawSeed } from "../support/programs/raw";

const options = { project: "raw", stack: "test", world: seedWorld(rawSeed) };

class Box extends pulumi.ComponentResource {
  constructor(name: string, inner: (opts: pulumi.ComponentResourceOptions) => void, opts?: object) {
    super("test:index:Box", name, { size: 1 }, opts);
    inner({ parent: this });
    this.registerOutputs();
  }
}

test("the whole program registers in the order of its dependencies", async () => {
  const resources = await runWithMocks(rawProgram, options);
  expect(resources.map(({ type, name }) => `${type.split(":").at(-1)} ${name}`).sort()).toEqual([
    "Command conf",
    "DnsRecord www",
    "Haresource ct-110",
    "Haresource ct-121",
    "Harule apart",
    "Job backup",
    "Namespace tunnel",
    "Replication copy",
    "Secret token",
    "Stack raw-test",
    "ZeroTrustTunnelCloudflared web",
    "ZeroTrustTunnelCloudflaredConfig web",
  ]);
  const order = resources.map(({ urn }) => urn);
  for (const { urn, dependsOn } of resources) {
    for (const needed of dependsOn) {
      expect(order.indexOf(needed)).toBeLessThan(order.indexOf(urn));
    }
  }
});

test("parents, dependencies and options can be told from a resource", async () => {
  const [, outer, inner, leaf] = await runWithMocks(async () => {
    new Box("outer", (opts) => {
      new Box(
        "inner",
        (innermost) => {
          const connection = { host: "h" };
          new Command("leaf", { create: "x", connection }, { ...innermost, protect: true });
        },
        opts,
      );
    });
    return {};
  }, options);
  expect(inner?.parentUrn).toBe(outer?.urn);
  expect(leaf).toMatchObject({
    urn: "urn:pulumi:test::raw::test:index:Box$test:index:Box$command:remote:Command::leaf",
    parentUrn: inner?.urn,
    custom: true,
    id: "leaf00000001",
    options: { protect: true, replaceOnChanges: ["triggers[*]"] },
  });
  expect([outer?.custom, outer?.inputs, outer?.id]).toEqual([false, { size: 1 }, undefined]);
});

test("inputs are plain: secrets unwrapped, the text of an asset marked as one", async () => {
  const [, copy] = await runWithMocks(async () => {
    new CopyToRemote("copy", {
      connection: { host: "h", privateKey: pulumi.secret("a key") },
      source: new StringAsset("text"),
      remotePath: "/etc/x",
    });
    return {};
  }, options);
  expect(copy?.inputs).toMatchObject({
    connection: { host: "h", privateKey: "a key" },
    source: { __pulumiAsset: true, text: "text" },
    remotePath: "/etc/x",
  });
});

test("configuration reaches the program", async () => {
  let seen: unknown;
  await runWithMocks(
    async () => {
      seen = new pulumi.Config("homelab").requireObject("cluster");
      return {};
    },
    { ...options, config: { "homelab:cluster": '{"name":"a"}' } },
  );
  expect(seen).toEqual({ name: "a" });
});

test("rejects what a platform refuses, with the resource's name", async () => {
  const world = seedWorld({ ...rawSeed, guests: [] });
  expect(await refusal(runWithMocks(rawProgram, { ...options, world }))).toMatch(
    /^proxmoxve:index\/\w+:\w+ "[\w-]+": (resource 'ct:\d+' does not exist in cluster|Guest '110' does not exist\.)$/,
  );
});

test("rejects what the program itself throws", async () => {
  const program = async () => {
    throw new Error("the stack file is wrong");
  };
  expect(await refusal(runWithMocks(program, options))).toBe("the stack file is wrong");
});

test("two runs do not see each other", async () => {
  const first = await runWithMocks(rawProgram, options);
  const second = await runWithMocks(rawProgram, options);
  const byUrn = (resources: typeof first) => resources.map(({ urn }) => urn).sort();
  expect(byUrn(second)).toEqual(byUrn(first));
});
