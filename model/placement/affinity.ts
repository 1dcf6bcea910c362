/** A rule that keeps resources together or apart. */
export interface ResourceSet {
  resources: readonly string[];
}

/** Rules that act as one, with all their resources. */
export interface MergedSet<T extends ResourceSet> {
  rules: T[];
  resources: Set<string>;
}

/** The lowest id of a rule, by which the HA manager goes through them. */
const lowest = ({ resources }: ResourceSet) =>
  resources.reduce((least, id) => (id < least ? id : least), resources[0] ?? "");

/**
 * Keep-together rules merged as the HA manager merges them (pve-ha-manager, Rules/Helpers.pm): rules
 * in the order of their lowest resource, and each joins the first set that shares a resource with
 * it. That is no full closure: a rule that connects two sets joins the first, and the other stays.
 *
 * @param rules in the order of their ids
 */
export function mergeTogether<T extends ResourceSet>(rules: readonly T[]): MergedSet<T>[] {
  const sorted = rules
    .map((rule) => ({ rule, key: lowest(rule) }))
    .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  const sets: MergedSet<T>[] = [];
  /** The first set that has a resource. */
  const firstOf = new Map<string, number>();
  for (const { rule } of sorted) {
    const found = Math.min(...rule.resources.map((id) => firstOf.get(id) ?? sets.length));
    const at = Number.isFinite(found) ? found : sets.length;
    const set = sets[at] ?? { rules: [], resources: new Set<string>() };
    sets[at] = set;
    set.rules.push(rule);
    for (const id of rule.resources) {
      set.resources.add(id);
      firstOf.set(id, Math.min(at, firstOf.get(id) ?? at));
    }
  }
  return sets;
}

/** Whom each resource must meet, and whom it must not. */
export interface Affinity {
  together: Map<string, Set<string>>;
  apart: Map<string, Set<string>>;
  /** Keep-together sets after merging. */
  sets: Set<string>[];
}

function pair(map: Map<string, Set<string>>, a: string, b: string): void {
  if (a === b) return;
  for (const [one, other] of [
    [a, b],
    [b, a],
  ] as const) {
    const known = map.get(one);
    if (known) known.add(other);
    else map.set(one, new Set([other]));
  }
}

/**
 * What keep-together and keep-apart rules say in the end: those that share a resource are merged,
 * and whoever is kept together with a resource is kept apart from what that one is kept apart from
 * (pve-ha-manager, Rules/ResourceAffinity.pm, in one pass: what is inherited is not passed on).
 *
 * @param together sets in the order of their rules' ids
 */
export function affinityOf(
  together: readonly (readonly string[])[],
  apart: readonly (readonly string[])[],
): Affinity {
  const found: Affinity = { together: new Map(), apart: new Map(), sets: [] };
  const everyPair = (map: Map<string, Set<string>>, ids: readonly string[]) => {
    for (const [index, a] of ids.entries()) {
      for (const b of ids.slice(index + 1)) pair(map, a, b);
    }
  };
  found.sets = mergeTogether(together.map((resources) => ({ resources }))).map(
    ({ resources }) => resources,
  );
  for (const set of found.sets) everyPair(found.together, [...set]);
  for (const set of apart) everyPair(found.apart, set);
  const stated = new Map([...found.apart].map(([id, others]) => [id, [...others]]));
  for (const set of found.sets) {
    for (const id of set) {
      for (const other of stated.get(id) ?? []) {
        for (const partner of set) pair(found.apart, partner, other);
      }
    }
  }
  return found;
}
