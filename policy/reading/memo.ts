import type { ObservedResource } from "../rule";

/** `read` that looks at each resource once, however many rules ask. */
export function oncePerResource<Result>(
  read: (resource: ObservedResource) => Result,
): (resource: ObservedResource) => Result {
  const known = new WeakMap<ObservedResource, { result: Result }>();
  return (resource) => {
    const found = known.get(resource) ?? { result: read(resource) };
    known.set(resource, found);
    return found.result;
  };
}

/** How many lists that begin alike are remembered: rules see different kinds of resources. */
const LISTS = 4;

/** `read` that looks at the same resources together once, however many rules ask. */
export function oncePerList<Result>(
  read: (resources: ObservedResource[]) => Result,
): (resources: ObservedResource[]) => Result {
  // Forgotten together with the first resource of the list.
  const known = new WeakMap<
    ObservedResource,
    { resources: readonly ObservedResource[]; result: Result }[]
  >();
  return (resources) => {
    const [first] = resources;
    if (first === undefined) return read(resources);
    const lists = known.get(first) ?? [];
    const found = lists.find((list) => same(list.resources, resources));
    if (found) return found.result;
    const result = read(resources);
    known.set(first, [{ resources: [...resources], result }, ...lists].slice(0, LISTS));
    return result;
  };
}

function same(one: readonly ObservedResource[], other: readonly ObservedResource[]): boolean {
  return one.length === other.length && one.every((resource, index) => resource === other[index]);
}

/** How many texts are remembered. */
const TEXTS = 2000;

/** `read` that looks at the same text once; the oldest are forgotten. */
export function oncePerText<Result>(read: (text: string) => Result): (text: string) => Result {
  const known = new Map<string, { result: Result }>();
  return (text) => {
    const found = known.get(text) ?? { result: read(text) };
    known.set(text, found);
    const [oldest] = known.size > TEXTS ? known.keys() : [];
    if (oldest !== undefined) known.delete(oldest);
    return found.result;
  };
}
