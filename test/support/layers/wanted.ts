/** The layers of tests, as vitest's projects are named. */
export const layers = ["pure", "mock", "engine", "kube", "daemon"] as const;

export type Layer = (typeof layers)[number];

/** What `LAYERS` asks for. */
export interface Wanted {
  layers: readonly Layer[];
  /** Whether the rehearsals run that a night has the time for. */
  nightly: boolean;
}

/** Names for several layers. */
const sets: Readonly<Record<string, Wanted>> = {
  quick: { layers: ["pure", "mock"], nightly: false },
  all: { layers, nightly: false },
  nightly: { layers, nightly: true },
};

/**
 * Reads `LAYERS` of `make test`: the name of a set, or layers with commas between them.
 *
 * @throws Error for a name that is none
 */
export function wantedLayers(text: string): Wanted {
  const set = Object.hasOwn(sets, text) ? sets[text] : undefined;
  if (set !== undefined) return set;
  const names = text.split(",").map((name) => name.trim());
  const wrong = names.find((name) => !layers.some((layer) => layer === name));
  if (wrong !== undefined) {
    throw new Error(
      `LAYERS: found "${wrong}", expected ${Object.keys(sets).join(", ")}, or some of ${layers.join(",")}; write e.g. LAYERS=all`,
    );
  }
  return { layers: layers.filter((layer) => names.includes(layer)), nightly: false };
}
