/** Resources that compete for fewer nodes than they are. */
export interface Crowd {
  resources: string[];
  nodes: string[];
}

/**
 * Looks for a node of its own for each resource (bipartite matching by augmenting paths).
 *
 * @param nodesOf nodes on which a resource may run; undefined when it may run on unknown ones
 * @returns a set of resources with fewer nodes than members (Hall's condition), if there is one
 */
export function cannotSpread(
  resources: readonly string[],
  nodesOf: (resource: string) => readonly string[] | undefined,
): Crowd | undefined {
  const holder = new Map<string, string>();
  for (const resource of new Set(resources)) {
    if (nodesOf(resource) === undefined) continue;
    const tried = new Set<string>();
    const seat = (guest: string): boolean => {
      for (const node of nodesOf(guest) ?? []) {
        if (tried.has(node)) continue;
        tried.add(node);
        const other = holder.get(node);
        if (other !== undefined && !seat(other)) continue;
        holder.set(node, guest);
        return true;
      }
      return false;
    };
    // Every tried node is held by a resource that found no other: together they are one too many.
    if (!seat(resource)) {
      const nodes = [...tried];
      return { resources: [...nodes.map((node) => holder.get(node) ?? node), resource], nodes };
    }
  }
  return undefined;
}
