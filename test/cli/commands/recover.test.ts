import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { isStale, repairBackend, stackLocks } from "../../../cli/commands/recover/backend";
import { pendingId } from "../../../cli/commands/recover/ids";
import type { PlannedStep } from "../../../cli/commands/recover/plan";
import {
  type ExportedState,
  type StateResource,
  withAdopted,
  withoutPending,
} from "../../../cli/commands/recover/state";
import { differing, maybeCreated, maybeDeleted } from "../../../cli/commands/recover/unanswered";

const urn = "urn:pulumi:homelab::homelab-ha::type::name";

test.each([
  { type: "proxmoxve:index/hagroup:Hagroup", inputs: { group: "pair" }, id: "pair" },
  { type: "proxmoxve:index/haresource:Haresource", inputs: { resourceId: "ct:1" }, id: "ct:1" },
  { type: "proxmoxve:index/harule:Harule", inputs: { rule: "apart" }, id: "apart" },
  { type: "proxmoxve:index/replication:Replication", inputs: { resourceId: "1-0" }, id: "1-0" },
  { type: "proxmoxve:backup/job:Job", inputs: { resourceId: "nightly" }, id: "nightly" },
  {
    type: "proxmoxve:index/containerLegacy:ContainerLegacy",
    inputs: { nodeName: "a", vmId: 140 },
    id: "140",
  },
  {
    type: "kubernetes:core/v1:Service",
    inputs: { metadata: { namespace: "edge", name: "traefik" } },
    id: "edge/traefik",
  },
  { type: "kubernetes:core/v1:Namespace", inputs: { metadata: { name: "edge" } }, id: "edge" },
  {
    type: "cloudflare:index/zeroTrustTunnelCloudflaredConfig:ZeroTrustTunnelCloudflaredConfig",
    inputs: { accountId: "f00", tunnelId: "abc" },
    id: "abc",
  },
])("the id of a pending $type follows from its inputs", ({ type, inputs, id }) => {
  expect(pendingId({ urn, type, inputs })).toEqual({ kind: "id", id });
});

test.each([
  { type: "command:remote:Command", inputs: {}, kind: "repeatable" },
  { type: "pulumi:providers:command", inputs: {}, kind: "repeatable" },
  {
    type: "cloudflare:index/zeroTrustTunnelCloudflared:ZeroTrustTunnelCloudflared",
    inputs: { name: "web" },
    kind: "lookup",
  },
  { type: "cloudflare:index/dnsRecord:DnsRecord", inputs: { name: "www" }, kind: "lookup" },
  {
    type: "proxmoxve:index/containerLegacy:ContainerLegacy",
    inputs: { nodeName: "a" },
    kind: "unknown",
  },
  { type: "proxmoxve:index/harule:Harule", inputs: {}, kind: "unknown" },
  { type: "random:index/randomId:RandomId", inputs: {}, kind: "unknown" },
])("nothing is guessed about a pending $type with $inputs", ({ type, inputs, kind }) => {
  expect(pendingId({ urn, type, inputs }).kind).toBe(kind);
});

const lock = { username: "root", timestamp: "2026-01-01T00:00:00Z" };

test("a lock is stale when its process is gone or is no pulumi any more, on this host only", () => {
  const gone = spawnSync("true").pid;
  expect(isStale({ ...lock, pid: gone, hostname: hostname() })).toBe(true);
  expect(isStale({ ...lock, pid: gone, hostname: "elsewhere" })).toBe(false);
  // This process is no pulumi: the number went to somebody else. Only /proc tells.
  expect(isStale({ ...lock, pid: process.pid, hostname: hostname() })).toBe(
    process.platform === "linux",
  );
});

function backend(): { url: string; folder: string } {
  const root = mkdtempSync(join(tmpdir(), "backend-"));
  onTestFinished(() => rmSync(root, { recursive: true }));
  return { url: `file://${root}?metadata=skip`, folder: join(root, ".pulumi") };
}

test("the locks of a stack are found in a file backend, and nowhere else", () => {
  const { url, folder } = backend();
  const locks = join(folder, "locks", "organization", "homelab-ha", "homelab");
  mkdirSync(locks, { recursive: true });
  const held = { ...lock, pid: 1, hostname: "elsewhere" };
  writeFileSync(join(locks, "a.json"), JSON.stringify(held));
  writeFileSync(join(locks, "a.json.attrs"), "");
  expect(stackLocks(url, "homelab-ha", "homelab")).toEqual([held]);
  expect(stackLocks(url, "homelab-ha", "matrix")).toEqual([]);
  expect(stackLocks("https://api.pulumi.com", "homelab-ha", "homelab")).toEqual([]);
});

test("of the attribute files only the broken ones are removed", () => {
  const { url, folder } = backend();
  const stacks = join(folder, "stacks", "homelab-ha");
  mkdirSync(stacks, { recursive: true });
  writeFileSync(join(stacks, "homelab.json"), "");
  writeFileSync(join(stacks, "homelab.json.attrs"), "");
  writeFileSync(join(stacks, "matrix.json.attrs"), "{}");
  const removed = join(stacks, "homelab.json.attrs");
  expect(repairBackend(url, "homelab-ha")).toEqual([removed]);
  expect(repairBackend(url, "homelab-ha")).toEqual([]);
});

const resource = {
  urn,
  type: "proxmoxve:index/containerLegacy:ContainerLegacy",
  inputs: { nodeName: "a", vmId: 140 },
};
const creating = { type: "creating", resource };
const created = { ...resource, id: "140", outputs: { nodeName: "a", vmId: 140, id: "140" } };

function recovered(resources: StateResource[], id?: string, unsolved: string[] = []) {
  const deployment = { resources, pending_operations: [creating] };
  const ids = new Map(id === undefined ? [] : [[urn, id]]);
  return withoutPending(withAdopted({ version: 3, deployment }, ids), unsolved).deployment;
}

test("a pending creation with an id is a resource now, without one it is dropped", () => {
  expect(recovered([], "140")).toEqual({ resources: [created], pending_operations: [] });
  expect(recovered([])).toEqual({ resources: [], pending_operations: [] });
});

test("a pending creation that nobody can explain stays pending", () => {
  expect(recovered([], undefined, [urn]).pending_operations).toEqual([creating]);
});

test("a replacement takes the place of the old resource, which is still to be deleted", () => {
  const old = { ...resource, id: "139" };
  expect(recovered([old], "140").resources).toEqual([{ ...old, delete: true }, created]);
});

test("a replacement under the old id has not happened while the old resource is there", () => {
  const old = { ...resource, id: "140" };
  expect(recovered([old], "140").resources).toEqual([old]);
});

test("a replacement under the old id may have happened once the old resource was deleted", () => {
  const old = { ...resource, id: "140", pendingReplacement: true };
  expect(recovered([old], "140").resources).toEqual([created]);
});

const stackUrn = "urn:pulumi:mine::homelab-ha::pulumi:pulumi:Stack::homelab-ha-mine";
const provider = "urn:pulumi:mine::homelab-ha::pulumi:providers:proxmoxve::default";
const rule: StateResource = {
  urn: "urn:pulumi:mine::homelab-ha::proxmoxve:index/harule:Harule::apart",
  type: "proxmoxve:index/harule:Harule",
  inputs: { rule: "apart", affinity: "negative" },
  parent: stackUrn,
  provider: `${provider}::1`,
};
const stateWithout: ExportedState = {
  version: 3,
  deployment: {
    resources: [
      { urn: stackUrn, type: "pulumi:pulumi:Stack" },
      { urn: provider, type: "pulumi:providers:proxmoxve", id: "1" },
    ],
  },
};
const planned = (more: Partial<StateResource> = {}, operation = "create"): PlannedStep => ({
  operation,
  resource: { ...rule, ...more },
  changed: ["affinity"],
});

test.each<{ what: string; step: PlannedStep; found: boolean }>([
  { what: "what a plan creates may exist", step: planned(), found: true },
  { what: "so may a replacement", step: planned({}, "create-replacement"), found: true },
  { what: "what stays as it is does not count", step: planned({}, "same"), found: false },
  {
    what: "a script may run twice",
    step: planned({ type: "command:remote:Command" }),
    found: false,
  },
  {
    what: "the program itself finds containers",
    step: planned({ type: resource.type, inputs: resource.inputs }),
    found: false,
  },
  {
    what: "without its provider nothing was created",
    step: planned({ provider: `${provider}::2` }),
    found: false,
  },
  {
    what: "nothing was created in a component that is not there",
    step: planned({ parent: `${stackUrn}-other` }),
    found: false,
  },
  {
    what: "nothing was created that needs what is not there",
    step: planned({ inputs: { rule: "apart", nodes: "04da6b54-80e4-46f7-96ec-b56ff0331ba9" } }),
    found: false,
  },
  { what: "an id that nobody knows", step: planned({ inputs: {} }), found: false },
])("after a lost answer: $what", ({ step, found }) => {
  expect(maybeCreated([step], stateWithout)).toEqual(found ? [step.resource] : []);
});

test("of planned deletions those may have happened that a platform carries out", () => {
  const script = planned({ type: "command:remote:Command" }, "delete");
  const steps = [planned({}, "delete"), planned({}, "delete-replaced"), planned(), script];
  expect(maybeDeleted(steps)).toEqual([rule, rule]);
});

test("what differs from what would be created is named, a secret aside", () => {
  expect(differing(planned({}, "same"))).toEqual([]);
  expect(differing(planned({}, "update"))).toEqual(["affinity"]);
  const secret = planned({ inputs: { affinity: { token: "[secret]" } } }, "update");
  expect(differing(secret)).toEqual([]);
});
