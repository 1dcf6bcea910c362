import type { ProxmoxState } from "../../world";
import type { Site } from "./site";
import { type ApiWorld, flag } from "./world";

// pve-manager, PVE/API2/Cluster.pm, Nodes.pm and Tasks.pm.

export function version({ pveVersion }: ProxmoxState) {
  return pveVersion === 9
    ? { version: "9.0.3", release: "9.0", repoid: "025864202ebb6109" }
    : { version: "8.4.1", release: "8.4", repoid: "2a5fa54a8503f96d" };
}

export function clusterStatus({ pve, site, offline }: ApiWorld) {
  return [
    {
      type: "cluster",
      id: "cluster",
      name: site.name,
      nodes: pve.nodes.length,
      version: pve.nodes.length,
      quorate: flag(site.quorate),
    },
    ...pve.nodes.map((name, index) => ({
      type: "node",
      id: `node/${name}`,
      name,
      nodeid: index + 1,
      ip: site.nodes[name]?.address,
      online: flag(!offline.has(name)),
      local: flag(index === 0),
      level: "",
    })),
  ];
}

export function nodeItem({ site, offline }: ApiWorld, node: string) {
  const facts = site.nodes[node];
  const id = { node, type: "node", id: `node/${node}` };
  if (facts === undefined || offline.has(node)) return { ...id, status: "offline" };
  return {
    ...id,
    status: "online",
    cpu: 0.05,
    maxcpu: facts.cores,
    mem: Math.round(facts.memoryBytes / 4),
    maxmem: facts.memoryBytes,
    uptime: facts.uptimeSec,
  };
}

export function nodeStatus({ site }: ApiWorld, node: string) {
  const facts = site.nodes[node];
  return {
    uptime: facts?.uptimeSec,
    pveversion: facts?.pveVersion,
    kversion: "Linux 6.14.8-2-pve #1 SMP PREEMPT_DYNAMIC",
    loadavg: ["0.12", "0.10", "0.09"],
    cpuinfo: { cpus: facts?.cores, sockets: 1 },
    memory: { total: facts?.memoryBytes },
  };
}

export function nodeTime({ site, now }: ApiWorld, node: string) {
  const time = now + (site.nodes[node]?.clockOffSec ?? 0);
  return { time, localtime: time, timezone: "UTC" };
}

export function journal(site: Site, node: string, query: URLSearchParams): string[] {
  const last = Number(query.get("lastentries") ?? 0);
  const lines = site.nodes[node]?.journal ?? [];
  return last > 0 ? lines.slice(-last) : lines;
}

export function tasksOf(site: Site, node: string, query: URLSearchParams) {
  const start = Number(query.get("start") ?? 0);
  // API2/Tasks.pm: 50 unless told.
  const limit = Number(query.get("limit") ?? 50);
  const type = query.get("typefilter");
  const found = (site.nodes[node]?.tasks ?? []).filter((task) => !type || task.type === type);
  return { data: found.slice(start, start + limit), total: found.length };
}
