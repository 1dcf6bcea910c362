/**
 * The HA manager once more, slow and word for word after its documentation (pve-docs, ha-manager:
 * "Resource affinity", "Node affinity", "Cluster resource scheduling") and after what was seen of
 * the real one. It shares nothing with the model, so that the model is never its own judge: plain
 * lists, everything computed anew each time.
 */

/** One rule as in `rules.cfg`. */
export interface LiteralRule {
  id: string;
  kind: "node" | "together" | "apart";
  sids: string[];
  /** Of a node rule: priority by node. */
  nodes?: Record<string, number>;
  strict?: boolean;
}

/** One guest. */
export interface LiteralGuest {
  sid: string;
  node: string;
  /** Whether HA manages it. */
  managed: boolean;
  failback: boolean;
  maxRelocate: number;
  memoryMb: number;
  cores: number;
  /** Nodes on which it has its disk. */
  disks: string[];
  /** Nodes that have its storage. */
  storageNodes: string[];
}

/** A cluster as the HA manager sees it. */
export interface LiteralCluster {
  nodes: { name: string; memoryMb: number; cores: number }[];
  guests: LiteralGuest[];
  rules: LiteralRule[];
  scheduler: "basic" | "static";
  /** Since ha-manager 5.1.2 guests outside HA count as well. */
  countOutside: boolean;
}

const has = (list: readonly string[], one: string) => list.indexOf(one) >= 0;
const common = (a: readonly string[], b: readonly string[]) => a.filter((one) => has(b, one));
const distinct = (list: readonly string[]) => list.filter((one, at) => list.indexOf(one) === at);

/** "Rules that share a resource are merged": in the order of their lowest resource, into the first that fits. */
function mergedTogether(rules: readonly LiteralRule[]): string[][] {
  const queue = rules.filter((rule) => rule.kind === "together");
  const first = (rule: LiteralRule) => [...rule.sids].sort()[0] as string;
  queue.sort((a, b) => {
    if (first(a) !== first(b)) return first(a) < first(b) ? -1 : 1;
    return a.id < b.id ? -1 : 1;
  });
  const bundles: string[][] = [];
  for (const rule of queue) {
    let joined = false;
    for (const bundle of bundles) {
      if (joined || common(bundle, rule.sids).length === 0) continue;
      for (const sid of rule.sids) if (!has(bundle, sid)) bundle.push(sid);
      joined = true;
    }
    if (!joined) bundles.push([...rule.sids]);
  }
  return bundles;
}

/** The seven conflicts of the documentation's "Rule conflicts and errors"; true when Proxmox refuses the set. */
export function refused(rules: readonly LiteralRule[], nodes: readonly string[]): boolean {
  const nodeRules = rules.filter((rule) => rule.kind === "node");
  const affinity = rules.filter((rule) => rule.kind !== "node");
  const bundles = mergedTogether(rules);
  for (const a of nodeRules) {
    for (const b of nodeRules) {
      if (a.id !== b.id && common(a.sids, b.sids).length > 0) return true;
    }
  }
  for (const rule of affinity) {
    if (distinct(rule.sids).length < 2) return true;
    if (rule.kind === "apart" && distinct(rule.sids).length > nodes.length) return true;
    for (const other of nodeRules) {
      if (common(rule.sids, other.sids).length === 0) continue;
      if (distinct(Object.values(other.nodes ?? {}).map(String)).length > 1) return true;
    }
    if (rule.kind === "apart") {
      for (const bundle of bundles) if (common(bundle, rule.sids).length > 1) return true;
      const touching = nodeRules.filter((other) => common(rule.sids, other.sids).length > 0);
      const located = rule.sids.filter((sid) => touching.some((other) => has(other.sids, sid)));
      const allowed = distinct(touching.flatMap((other) => Object.keys(other.nodes ?? {})));
      if (allowed.length < located.length) return true;
    }
  }
  return bundles.some(
    (bundle) => nodeRules.filter((rule) => common(bundle, rule.sids).length > 0).length > 1,
  );
}

/** What the rules say in the end. */
interface Meaning {
  together: [string, string][];
  apart: [string, string][];
  priorities: Record<string, Record<string, number>>;
}

function meaningOf(cluster: LiteralCluster): Meaning {
  const bundles = mergedTogether(cluster.rules);
  const together: [string, string][] = [];
  for (const bundle of bundles) {
    for (const a of bundle) for (const b of bundle) if (a !== b) together.push([a, b]);
  }
  const apart: [string, string][] = [];
  for (const rule of cluster.rules.filter(({ kind }) => kind === "apart")) {
    for (const a of rule.sids) for (const b of rule.sids) if (a !== b) apart.push([a, b]);
  }
  // "A resource becomes part of the keep-apart relations of those that it is kept together with."
  const inherited: [string, string][] = [];
  for (const bundle of bundles) {
    for (const [a, b] of apart) {
      if (!has(bundle, a)) continue;
      for (const partner of bundle) inherited.push([partner, b], [b, partner]);
    }
  }
  for (const [a, b] of inherited) if (a !== b) apart.push([a, b]);
  const priorities: Meaning["priorities"] = {};
  for (const rule of cluster.rules.filter(({ kind }) => kind === "node")) {
    const sids = [...rule.sids];
    for (const bundle of bundles) if (common(bundle, rule.sids).length > 0) sids.push(...bundle);
    const nodes = { ...rule.nodes };
    // "Not strict": the other nodes are allowed too, after all that are listed.
    if (!rule.strict) for (const { name } of cluster.nodes) nodes[name] = nodes[name] ?? -1;
    for (const sid of sids) priorities[sid] = nodes;
  }
  return { together, apart, priorities };
}

interface Service {
  guest: LiteralGuest;
  /** `unseen`: its node is silent, and not fenced yet. */
  state: "started" | "unseen" | "fence" | "recovery" | "migrate" | "error";
  node: string;
  target: string;
  /** What its node last reported: nothing, that it runs, or that its start failed. */
  report: "none" | "up" | "failed";
  failedNodes: string[];
  disks: string[];
  /** Its migration was tried while it ran, and cannot work. */
  hopeless: boolean;
}

class LiteralManager {
  readonly services: Service[];
  private readonly meaning: Meaning;

  constructor(
    private readonly cluster: LiteralCluster,
    private readonly online: string[],
  ) {
    this.meaning = meaningOf(cluster);
    this.services = cluster.guests
      .filter(({ managed }) => managed)
      .sort((a, b) => (a.sid < b.sid ? -1 : 1))
      .map((guest) => ({
        guest,
        state: "started",
        node: guest.node,
        target: "",
        report: "up",
        failedNodes: [],
        disks: [...guest.disks],
        hopeless: false,
      }));
  }

  private nodesHeldBy(service: Service): string[] {
    const held = [service.node, ...(service.state === "migrate" ? [service.target] : [])];
    return held.filter((node) => has(this.online, node));
  }

  private load(node: string): { guests: number; memoryMb: number; cores: number } {
    const load = { guests: 0, memoryMb: 0, cores: 0 };
    const count = (guest: LiteralGuest) => {
      load.guests += 1;
      load.memoryMb += guest.memoryMb;
      load.cores += guest.cores;
    };
    for (const service of this.services)
      if (has(this.nodesHeldBy(service), node)) count(service.guest);
    for (const guest of this.cluster.guests) {
      if (!guest.managed && guest.node === node && this.cluster.countOutside) count(guest);
    }
    return load;
  }

  /** Scores of nodes, the lowest is the best. */
  private scores(guest: LiteralGuest): Record<string, number> {
    const scores: Record<string, number> = {};
    const nodes = this.cluster.nodes.filter(({ name }) => has(this.online, name));
    if (this.cluster.scheduler === "basic") {
      for (const { name } of nodes) scores[name] = this.load(name).guests;
      return scores;
    }
    // As if it ran on each node in turn: average (root mean square) and highest share of CPU and memory.
    const rows = nodes.map(({ name: target }) => {
      let [cpuSquares, memorySquares, cpuMost, memoryMost] = [0, 0, 0, 0];
      for (const { name, cores, memoryMb } of nodes) {
        const load = this.load(name);
        const here = name === target;
        const cpu = (load.cores + (here ? guest.cores : 0)) / cores;
        const memory = (load.memoryMb + (here ? guest.memoryMb : 0)) / memoryMb;
        cpuSquares += cpu ** 2;
        memorySquares += memory ** 2;
        cpuMost = Math.max(cpuMost, cpu);
        memoryMost = Math.max(memoryMost, memory);
      }
      const n = nodes.length;
      return [
        1 + Math.sqrt(cpuSquares / n),
        1 + cpuMost,
        1 + Math.sqrt(memorySquares / n),
        1 + memoryMost,
      ];
    });
    const weights = [1, 2, 5, 10];
    const column = (at: number) => {
      const values = rows.map((row) => row[at] as number);
      const length = Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
      return values.map((value) => value / length);
    };
    const columns = weights.map((_, at) => column(at));
    nodes.forEach(({ name }, row) => {
      const distance = (extreme: (...values: number[]) => number) =>
        Math.sqrt(
          columns.reduce((sum, values, at) => {
            const difference = (values[row] as number) - extreme(...values);
            return sum + (difference * ((weights[at] as number) / 18)) ** 2;
          }, 0),
        );
      const [best, worst] = [distance(Math.min), distance(Math.max)];
      // Higher is better there; what differs by rounding only is equal.
      scores[name] = best + worst === 0 ? 0 : -Math.round((worst / (best + worst)) * 1e9) / 1e9;
    });
    return scores;
  }

  private select(service: Service, wish: "stay" | "best" | "next"): string | undefined {
    const { sid, failback } = service.guest;
    const priorities = this.meaning.priorities[sid];
    const allowed = this.online.filter((node) => !priorities || priorities[node] !== undefined);
    if (allowed.length === 0) return undefined;
    // First the class …
    let nodes = allowed;
    if (priorities) {
      const highest = Math.max(...allowed.map((node) => priorities[node] as number));
      nodes = allowed.filter((node) => priorities[node] === highest);
    }
    const others = (pairs: [string, string][]) => {
      const sids = distinct(pairs.filter(([a]) => a === sid).map(([, b]) => b));
      return this.services.filter((other) => has(sids, other.guest.sid));
    };
    const separate = distinct(others(this.meaning.apart).flatMap((one) => this.nodesHeldBy(one)));
    const partners = others(this.meaning.together).flatMap((one) =>
      this.nodesHeldBy(one).slice(-1),
    );
    if (wish === "stay" && !failback && has(allowed, service.node)) {
      if (has(partners, service.node) || !has(separate, service.node)) return service.node;
    }
    if (wish === "next") nodes = nodes.filter((node) => !has(service.failedNodes, node));
    // … and only then those that hold somebody it is kept apart from are taken out.
    nodes = nodes.filter((node) => !has(separate, node));
    const places = distinct(partners.filter((node) => has(nodes, node))).sort();
    const crowd = (node: string) => partners.filter((one) => one === node).length;
    if (places.length > 0) {
      const most = Math.max(...places.map(crowd));
      nodes = places.filter((node) => crowd(node) === most).slice(0, 1);
    }
    if (wish === "stay" && has(nodes, service.node)) return service.node;
    const scores = this.scores(service.guest);
    nodes = [...nodes].sort((a, b) => {
      const difference = (scores[a] as number) - (scores[b] as number);
      return difference !== 0 ? difference : a < b ? -1 : 1;
    });
    return nodes[0];
  }

  private step(service: Service): boolean {
    if (service.state === "recovery") {
      const node = this.select(service, "best");
      if (node === undefined) return false;
      service.node = node;
      service.state = "started";
      service.report = "none";
      return true;
    }
    if (service.state !== "started" || service.hopeless) return false;
    let wish: "stay" | "next" = "stay";
    if (service.report === "failed") {
      service.report = "none";
      if (service.failedNodes.length > service.guest.maxRelocate) {
        service.state = "error";
        return true;
      }
      wish = "next";
    }
    const node = this.select(service, wish);
    if (node === undefined || node === service.node) return false;
    service.target = node;
    service.state = "migrate";
    return true;
  }

  /** One round of the master. */
  manage(): boolean {
    let changed = false;
    for (let again = true; again; ) {
      again = false;
      for (const service of this.services) if (this.step(service)) again = true;
      for (const service of this.services) {
        if (service.state === "fence") {
          service.state = "recovery";
          again = true;
        }
      }
      if (again) changed = true;
    }
    return changed;
  }

  /** What the nodes do between two rounds. */
  work(): boolean {
    let changed = false;
    for (const service of this.services) {
      if (service.state === "migrate") {
        // Whatever disk it has must be where it leaves from, and its storage where it goes.
        const able =
          has(service.disks, service.node) && has(service.guest.storageNodes, service.target);
        if (able) {
          service.node = service.target;
          service.disks.push(service.target);
        } else if (service.report === "up") {
          service.hopeless = true;
        }
        service.state = "started";
        changed = true;
      } else if (service.state === "started" && service.report === "none") {
        if (has(service.disks, service.node)) {
          service.report = "up";
        } else {
          service.report = "failed";
          service.failedNodes.push(service.node);
        }
        changed = true;
      }
    }
    return changed;
  }

  /** Runs until nothing changes; false when it never ends. */
  settle(): boolean {
    for (let round = 0; round < 50; round += 1) {
      const managed = this.manage();
      const worked = this.work();
      if (!managed && !worked) return true;
    }
    return false;
  }
}

/**
 * Where every guest under HA runs after nodes are lost: `node`, `waits`, or `error`.
 *
 * @returns undefined when the manager never comes to rest
 */
export function literalPlaces(
  cluster: LiteralCluster,
  lost: readonly string[],
): Record<string, string> | undefined {
  const online = cluster.nodes.map(({ name }) => name).filter((name) => !has(lost, name));
  const manager = new LiteralManager(cluster, online);
  const gone = manager.services.filter(({ node }) => has(lost, node));
  for (const service of gone) service.state = "unseen";
  // The manager does without the silent nodes at once, and fences them a minute later.
  if (!manager.settle()) return undefined;
  for (const service of gone) {
    service.state = "fence";
    service.report = "none";
  }
  if (!manager.settle()) return undefined;
  const placeOf = ({ state, node }: Service) =>
    state === "recovery" ? "waits" : state === "error" ? "error" : node;
  return Object.fromEntries(manager.services.map((one) => [one.guest.sid, placeOf(one)]));
}
