// What the generated programs are made and judged with.

/** A sequence of numbers from 0 to 1, the same for the same seed. */
export function random(seed: number): () => number {
  let state = seed * 2_654_435_761 + 1;
  return () => {
    state = (Math.imul(state ^ (state >>> 15), 2_246_822_507) + 0x9e3779b9) | 0;
    return (state >>> 0) / 2 ** 32;
  };
}

/** What the SDK knows of an Output. */
export interface Inside {
  promise(): Promise<unknown>;
  isKnown: Promise<boolean>;
  isSecret: Promise<boolean>;
  allResources(): Promise<Set<{ __name?: string }>>;
}

/** What stands in a request to the engine, by field. */
export interface Registered {
  [field: string]: unknown;
}

const tail = (urn: string) => urn.split("::").slice(2).join("::");

/** What stands in a request to the engine, without the lines of code that made it. */
export function plainRequest(
  request: { toObject(): Record<string, unknown> } & object,
): Registered {
  const raw = request as unknown as Record<string, (() => unknown) | undefined>;
  const ask = (name: string) => raw[name]?.call(request) as never;
  const map = ask("getPropertydependenciesMap") as
    | { forEach(each: (value: { getUrnsList(): string[] }, key: string) => void): void }
    | undefined;
  const dependencies: Record<string, string[]> = {};
  map?.forEach((value, key) => {
    dependencies[key] = value.getUrnsList().map(tail).sort();
  });
  const object = ask("getObject") as { toJavaScript(): unknown } | undefined;
  return {
    type: ask("getType"),
    name: ask("getName"),
    inputs: object?.toJavaScript(),
    parent: tail(ask("getParent") ?? ""),
    custom: raw.getCustom ? ask("getCustom") : undefined,
    secrets: raw.getAdditionalsecretoutputsList ? ask("getAdditionalsecretoutputsList") : undefined,
    all: ((ask("getDependenciesList") as string[] | undefined) ?? []).map(tail).sort(),
    each: dependencies,
  };
}
