import { expect, onTestFinished, test } from "vitest";
import { openProxmox, ProxmoxError, type ReadOptions, readCluster } from "../../../clients/proxmox";
import { recoverGuest } from "../../../sim/proxmox/api";
import type { ProxmoxApi } from "../../../sim/proxmox/api-server/server";
import { clusterAsItWas, served } from "../../support/clusters/baseline-cluster";

function read(api: ProxmoxApi, options: ReadOptions = {}, timeoutMs = 5000) {
  const { endpoint, token, certificate } = api;
  const client = openProxmox({ endpoint, token, ca: certificate.cert, timeoutMs });
  onTestFinished(() => client.close());
  return readCluster(client, options);
}

/** Kind and words of a refusal; the port differs from run to run. */
async function refused(attempt: Promise<unknown>): Promise<string> {
  const error = await attempt.then(
    () => "answered",
    (reason) => reason,
  );
  if (!(error instanceof ProxmoxError)) return String(error);
  return `${error.kind}: ${error.message.replace(/127\.0\.0\.1:\d+/g, "HOST")}`;
}

test("a cluster is read whole: numbers that came as texts, flags that came as numbers", async () => {
  const snapshot = await read(await served(clusterAsItWas()));
  expect(snapshot.version).toEqual({ version: "9.0.3", release: "9.0", major: 9 });
  expect(snapshot).toMatchObject({ name: "homelab", quorate: true, gaps: [] });
  expect(snapshot.nodes[0]).toEqual({
    name: "proxmox",
    address: "192.168.1.137",
    online: true,
    uptimeSec: 10_800,
    cores: 8,
    cpuLoad: 0.05,
    memoryBytes: 32 * 2 ** 30,
    memoryUsedBytes: 8 * 2 ** 30,
    pveVersion: "pve-manager/9.0.3/025864202ebb6109",
    kernel: "Linux 6.14.8-2-pve #1 SMP PREEMPT_DYNAMIC",
  });
  expect(snapshot.guests.map(({ vmid }) => vmid)).toEqual([
    100, 110, 113, 116, 121, 122, 130, 131, 132, 134, 135, 1250,
  ]);
  expect(snapshot.guests[1]).toMatchObject({ sid: "ct:110", node: "proxmox", running: true });
  expect(snapshot.guests[1]?.config?.networks).toMatchObject([{ ip: "192.168.1.110/24" }]);
  expect(snapshot.ha.resources).toHaveLength(7);
  expect(snapshot.ha.resources[0]).toEqual({
    sid: "ct:100",
    state: "started",
    maxRestart: 3,
    maxRelocate: 2,
  });
  expect(snapshot.ha.status.master?.node).toBe("proxmox");
  expect(snapshot.corosync?.nodes[1]).toEqual({
    name: "proxmox2",
    nodeId: 2,
    votes: 1,
    links: ["192.168.1.125", "10.255.255.2"],
  });
  expect(snapshot.replication).toHaveLength(14);
  expect(snapshot.replication[0]).toMatchObject({
    id: "100-0",
    vmid: 100,
    target: "proxmox",
    disabled: false,
    last: { failCount: 0 },
  });
  expect(snapshot.backup).toMatchObject({
    jobs: [{ id: "nightly", all: true, enabled: true }],
    notCovered: [],
  });
  expect(snapshot.ceph).toBeUndefined();
});

test("version 8 has groups and no rules, version 9 refuses to speak of groups", async () => {
  const eight = clusterAsItWas(8);
  eight.world.state.proxmox.haGroups["traefik-group"] = {
    nodes: { proxmox2: 1, proxmox3: 1, proxmox: 0 },
    restricted: true,
  };
  const old = await served(eight);
  expect((await read(old)).ha.groups).toEqual([
    {
      group: "traefik-group",
      nodes: { proxmox: 0, proxmox2: 1, proxmox3: 1 },
      restricted: true,
      nofailback: false,
    },
  ]);
  expect(old.calls).not.toContain("/cluster/ha/rules");

  const nine = clusterAsItWas();
  nine.world.state.proxmox.haRules.apart = {
    type: "resource-affinity",
    affinity: "negative",
    resources: ["ct:100"],
    nodes: {},
    strict: false,
    disable: false,
  };
  const { ha } = await read(await served(nine));
  expect(ha.groups).toEqual([]);
  expect(ha.rules).toMatchObject([
    { rule: "apart", errors: ["rule is ineffective as there are less than two resources"] },
  ]);
});

test("tasks and journals are read only when somebody asks for them", async () => {
  const api = await served(clusterAsItWas());
  expect((await read(api)).nodes[0]).not.toHaveProperty("journal");
  expect(api.calls.filter((call) => /tasks|journal/.test(call))).toEqual([]);
  const [node] = (await read(api, { history: true })).nodes;
  expect(node?.tasks?.map(({ type }) => type)).toEqual(["startall", "startall"]);
  expect(node?.journal).toHaveLength(7);
});

test("a node that answers 595 is named, asked no more, and stops nothing", async () => {
  const api = await served(clusterAsItWas(), { silent: ["proxmox3"] });
  const snapshot = await read(api, { history: true });
  expect(snapshot.gaps).toMatchObject([{ what: "node", node: "proxmox3", unreachable: true }]);
  expect(api.calls.filter((call) => call.startsWith("/nodes/proxmox3/"))).toHaveLength(1);
  expect(snapshot.guests.filter(({ config }) => !config).map(({ node }) => node)).toEqual([
    "proxmox3",
    "proxmox3",
    "proxmox3",
    "proxmox3",
  ]);
  // What its guests' replication did last is told by that node alone.
  expect(snapshot.replication.find(({ id }) => id === "113-0")).not.toHaveProperty("last");
});

test("a node that is off is not asked at all", async () => {
  const api = await served(clusterAsItWas(), { offline: ["proxmox3"] });
  const snapshot = await read(api);
  expect(api.calls.filter((call) => call.startsWith("/nodes/proxmox3/"))).toEqual([]);
  expect(snapshot.nodes.map(({ online }) => online)).toEqual([true, true, false]);
});

test("after a failover the jobs are those that the new nodes know", async () => {
  const cluster = clusterAsItWas();
  recoverGuest(cluster.world.state.proxmox, 113, "proxmox");
  const { replication, guests } = await read(await served(cluster, { offline: ["proxmox3"] }));
  const own = replication.filter(({ vmid }) => vmid === 113);
  expect(own.map(({ source, target }) => `${source} to ${target}`)).toEqual([
    "proxmox to proxmox3",
    "proxmox to proxmox2",
  ]);
  expect(guests.find(({ vmid }) => vmid === 122)).toMatchObject({
    name: "ct:122",
    stateUnknown: true,
    running: false,
  });
});

test("a device by a resource mapping is on the nodes that the mapping names", async () => {
  const cluster = clusterAsItWas();
  const onNodes = (...nodes: string[]) =>
    nodes.map((node) => `id=8086:a780,node=${node},path=0000:00:02.0`);
  cluster.site.mappings = { pci: { gpu: onNodes("proxmox2", "proxmox", "proxmox") } };
  Object.assign(cluster.site.guests["113"] ?? {}, {
    hostpci0: "mapping=gpu",
    hostpci1: "mapping=gone",
  });
  const { guests } = await read(await served(cluster));
  const uses = guests.find(({ vmid }) => vmid === 113)?.config?.passthrough;
  expect(uses?.map(({ nodes }) => nodes)).toEqual([["proxmox", "proxmox2"], undefined]);
});

test("a node that is too slow counts as one that does not answer", async () => {
  const faults = [{ path: /^\/nodes\/proxmox2\//, delayMs: 30_000 }];
  const snapshot = await read(await served(clusterAsItWas(), { faults }), {}, 3000);
  expect(snapshot.gaps).toMatchObject([{ node: "proxmox2", unreachable: true }]);
});

test("a journal that the token may not read is a gap, not the end", async () => {
  const cluster = clusterAsItWas();
  const audit = { "Sys.Audit": 1, "VM.Audit": 1, "Datastore.Audit": 1 };
  cluster.site.permissions = { "/": audit, "/nodes": audit, "/vms": audit, "/storage": audit };
  const snapshot = await read(await served(cluster), { history: true });
  expect(snapshot.gaps.map(({ what, node, unreachable }) => [what, node, unreachable])).toEqual([
    ["journal", "proxmox", false],
    ["journal", "proxmox2", false],
    ["journal", "proxmox3", false],
  ]);
});

test("rejects a token that may not see everything, because lists would come shorter", async () => {
  const cluster = clusterAsItWas();
  cluster.site.permissions = { "/": { "Sys.Audit": 1 }, "/vms": { "VM.Audit": 0 } };
  const api = await served(cluster);
  expect(await refused(read(api))).toMatchInlineSnapshot(
    `"forbidden: https://HOST: the API token may not see everything, and Proxmox leaves out what it may not see: it lacks Sys.Audit on /nodes, VM.Audit on /vms, Datastore.Audit on /storage (for all below it); give user and token the role PVEAuditor on / with propagation: pveum acl modify / --roles PVEAuditor --tokens '<user@realm!name>' --propagate 1"`,
  );
  expect(api.calls).toEqual(["/version", "/access/permissions"]);
});

test("a guest that HA moves between two calls is read where it went", async () => {
  const cluster = clusterAsItWas();
  const { proxmox: pve } = cluster.world.state;
  const move = () => {
    const guest = pve.guests["110"];
    if (guest) guest.node = "proxmox2";
  };
  const faults = [{ path: /^\/cluster\/resources$/, nth: 1, afterwards: move }];
  const snapshot = await read(await served(cluster, { faults }));
  const traefik = snapshot.guests.find(({ vmid }) => vmid === 110);
  expect(traefik).toMatchObject({ node: "proxmox2", config: { onboot: true } });
});

test("rejects a cluster of which a guest vanishes between two calls", async () => {
  const cluster = clusterAsItWas();
  const { proxmox: pve } = cluster.world.state;
  const vanish = () => {
    delete pve.guests["121"];
  };
  const faults = [{ path: /^\/cluster\/resources$/, nth: 1, afterwards: vanish }];
  expect(await refused(read(await served(cluster, { faults })))).toMatchInlineSnapshot(
    `"vanished: https://HOST: lxc/121 (traefik-2) was listed on proxmox and is gone: it is being deleted or moved; run this again when that is done"`,
  );
});

test("rejects a malformed answer in the middle, even of a node", async () => {
  const faults = [{ path: /^\/nodes\/proxmox2\/lxc\/131\/config$/, body: "{" }];
  expect(await refused(read(await served(clusterAsItWas(), { faults })))).toMatchInlineSnapshot(
    `"malformed: https://HOST/nodes/proxmox2/lxc/131/config: the answer is not JSON (it begins with "{"); see whether a proxy answers in place of Proxmox"`,
  );
});

test("a node by itself has no corosync and is its own majority", async () => {
  const faults = [
    {
      path: /^\/cluster\/status$/,
      body: '{"data":[{"type":"node","id":"node/proxmox","name":"proxmox","ip":"192.168.1.137","online":1,"local":1,"level":"","nodeid":0}]}',
    },
  ];
  const snapshot = await read(await served(clusterAsItWas(), { faults }));
  expect(snapshot.quorate).toBe(true);
  expect(snapshot).not.toHaveProperty("corosync");
  expect(snapshot).not.toHaveProperty("name");
});

test("a broken Ceph is a gap, no Ceph is nothing", async () => {
  const answer = { status: 500, reason: "rados_connect failed - No such file or directory" };
  const faults = [{ path: /ceph/, answer }];
  const snapshot = await read(await served(clusterAsItWas(), { faults }));
  expect(snapshot.gaps.map(({ what }) => what)).toEqual(["Ceph"]);
});
