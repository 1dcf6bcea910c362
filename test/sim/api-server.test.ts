import { expect, test } from "vitest";
import { recoverGuest } from "../../sim/proxmox/api";
import { answerOf } from "../../sim/proxmox/api-server/answers";
import { type Cluster, clusterAsItWas } from "../support/clusters/baseline-cluster";

/** Answers as the simulated cluster gives them, one call after another. */
function asked({ world, site }: Cluster, offline: string[] = []) {
  return (path: string) =>
    answerOf(
      {
        pve: world.state.proxmox,
        site,
        offline: new Set(offline),
        silent: new Set(),
        now: 1_800_000_000,
      },
      path,
      new URLSearchParams(),
    );
}

test("jobs of a guest that failed over are stale until its new node is asked for them", () => {
  const cluster = clusterAsItWas();
  const { proxmox: pve } = cluster.world.state;
  const get = asked(cluster, ["proxmox3"]);
  const jobs = () =>
    (get("/cluster/replication").data as { id: string; source: string; target: string }[])
      .filter(({ id }) => id.startsWith("113-"))
      .map(({ id, source, target }) => `${id} ${source} to ${target}`);
  const before = ["113-0 proxmox3 to proxmox", "113-1 proxmox3 to proxmox2"];
  expect(jobs()).toEqual(before);
  recoverGuest(pve, 113, "proxmox");
  expect(jobs()).toEqual(before);
  get("/nodes/proxmox2/replication");
  expect(jobs()).toEqual(before);
  get("/nodes/proxmox/replication");
  expect(jobs()).toEqual(["113-0 proxmox to proxmox3", "113-1 proxmox to proxmox2"]);
});

test("of guests on a node that is off the cluster tells neither name nor size", () => {
  const guests = asked(clusterAsItWas(), ["proxmox3"])("/cluster/resources").data as {
    vmid: number;
  }[];
  const one = (vmid: number) => guests.find((guest) => guest.vmid === vmid);
  expect(one(113)).toEqual({
    id: "lxc/113",
    type: "lxc",
    vmid: 113,
    node: "proxmox3",
    status: "unknown",
  });
  expect(one(110)).toMatchObject({ name: "traefik", status: "running", template: 0 });
});

test("memory that is written with its property is memory", () => {
  const cluster = clusterAsItWas();
  cluster.site.guests["110"] = { ...cluster.site.guests["110"], memory: "current=2048" };
  const guests = asked(cluster)("/cluster/resources").data as { vmid: number; maxmem: number }[];
  expect(guests.find(({ vmid }) => vmid === 110)?.maxmem).toBe(2 ** 31);
});

const all = { "Sys.Audit": 1, "VM.Audit": 1, "Datastore.Audit": 1, "Sys.Syslog": 1 };
const without = (name: string) =>
  Object.fromEntries(Object.entries(all).filter(([each]) => each !== name));

test.each([
  ["/cluster/status", "/", "Sys.Audit"],
  ["/cluster/ha/resources", "/", "Sys.Audit"],
  ["/cluster/backup", "/", "Sys.Audit"],
  ["/nodes/proxmox/status", "/nodes/proxmox", "Sys.Audit"],
  ["/nodes/proxmox/tasks", "/nodes/proxmox", "Sys.Audit"],
  ["/nodes/proxmox/journal", "/nodes/proxmox", "Sys.Syslog"],
  ["/nodes/proxmox/lxc/110/config", "/vms/110", "VM.Audit"],
])("%s needs on %s the privilege %s", (path, place, privilege) => {
  const cluster = clusterAsItWas();
  const get = asked(cluster);
  expect(get(path).status).toBe(200);
  cluster.site.permissions = { "/": all };
  expect(get(path).status).toBe(200);
  const refused = { status: 403, reason: `Permission check failed (${place}, ${privilege})` };
  // On / itself and nowhere else, on the place itself, and on / without what is below.
  cluster.site.permissions = { "/": without(privilege) };
  expect(get(path)).toMatchObject(refused);
  cluster.site.permissions = { "/": all, [place]: without(privilege) };
  expect(get(path)).toMatchObject(refused);
  if (place === "/") return;
  cluster.site.permissions = { "/": { ...all, [privilege]: 0 } };
  expect(get(path)).toMatchObject(refused);
});

test("lists come without what the token may not see", () => {
  const cluster = clusterAsItWas();
  cluster.site.mappings = { pci: { gpu: ["node=proxmox,path=0000:01:00.0"] } };
  const get = asked(cluster);
  const counts = () =>
    ["/cluster/resources", "/cluster/replication", "/storage", "/cluster/mapping/pci"].map(
      (path) => (get(path).data as unknown[]).length,
    );
  const [guests = 0, jobs = 0, storages = 0, mappings] = counts();
  expect(mappings).toBe(1);
  cluster.site.permissions = { "/": all, "/vms/113": {}, "/storage": {} };
  expect(storages).toBeGreaterThan(0);
  expect(counts()).toEqual([guests - 1, jobs - 2, 0, 0]);
});
