import { readFileSync } from "node:fs";
import { parse, stringify } from "yaml";
import { parseStack } from "../../../config/parse";
import { stackSchema } from "../../../config/stack";

const ESC = "\u001b";

/** Everything that ends a line, or that an output could take for its own syntax; each with the mark `zz`. */
export const NASTY = [
  "zz",
  ...["\n", "\r", "\r\n", "\v", "\f", "\u0085", "\u2028", "\u2029"].map((by) => `${by}zz critical`),
  `\n::error::zz\n# zz\n- zz\n| zz |\n***`,
  `${ESC}[2J${ESC}]8;;http://zz.example${ESC}\\\u009b31m\u202ezz\u200b`,
  "[zz](http://zz.example) ![zz](http://zz.example/a.png) http://zz.example www.zz.example @zz #1",
  `<zz onload=zz> </title><script>zz</script> "><zz a='zz' --> ]]>`,
  "| `zz` ``` ~~~ $(zz) $zz ; zz & zz | zz > zz ' zz \" zz \\ ##[zz]",
].join(" ");

/** The same for places that take less and less. */
const FLAVOURS = [
  NASTY,
  NASTY.replace(/\p{C}|[\u2028\u2029]/gu, ""),
  `http://zz.example/$(zz)\`zz\`;zz|'"<zz>[zz](zz)`,
  "zz$(zz)`zz`;zz|<zz>",
  "zz_zz",
];

type Place = string[];

/** A stack file in which every text that may be hostile is. */
export interface PoisonedStack {
  text: string;
  /** Where a hostile text was taken, and which. */
  places: Map<string, string>;
}

function* texts(value: unknown, at: Place = []): Generator<Place> {
  if (typeof value === "string") yield at;
  else if (typeof value === "object" && value !== null) {
    for (const [key, one] of Object.entries(value)) yield* texts(one, [...at, key]);
  }
}

function set(value: unknown, at: Place, to: string): void {
  let inner = value as Record<string, unknown>;
  for (const key of at.slice(0, -1)) inner = inner[key] as Record<string, unknown>;
  inner[String(at.at(-1))] = to;
}

function get(value: unknown, at: Place): unknown {
  return at.reduce<unknown>((inner, key) => (inner as Record<string, unknown>)[key], value);
}

/** Sections of a stack file, without their prefix. */
export function sectionsIn(file: string): Record<string, unknown> {
  const { config } = parse(readFileSync(file, "utf8")) as { config: Record<string, unknown> };
  return Object.fromEntries(
    Object.entries(config).flatMap(([key, value]) =>
      key.startsWith("homelab:") ? [[key.slice("homelab:".length), value]] : [],
    ),
  );
}

/** Sections as a stack file. */
export function stackText(sections: Readonly<Record<string, unknown>>): string {
  const config = Object.entries(sections).map(([key, value]) => [`homelab:${key}`, value]);
  return stringify({ config: Object.fromEntries(config) });
}

/** Whether a whole stack file takes a text at one place. */
function isTaken(sound: Record<string, unknown>, at: Place, text: string): boolean {
  const section = String(at[0]);
  const given = { ...sound, [section]: structuredClone(sound[section]) };
  set(given, at, text);
  return stackSchema.safeParse(given).success && parseStack(given).stack !== undefined;
}

/**
 * Puts the worst text into every place of a stack file that takes it: what the schema refuses gets a
 * milder one, and what is refused for anything else keeps its own.
 */
export function poisonedStack(file: string): PoisonedStack {
  const sound = sectionsIn(file);
  const given = structuredClone(sound);
  const places = new Map<string, { at: Place; text: string }>();
  const known = new Map<string, string | undefined>();
  for (const at of texts(sound)) {
    // One of many guests stands for all of them.
    const kind = at.map((key, index) => (index === 1 || /^\d+$/.test(key) ? "*" : key)).join(".");
    if (!known.has(kind))
      known.set(
        kind,
        FLAVOURS.find((text) => isTaken(sound, at, text)),
      );
    const text = known.get(kind);
    if (text === undefined) continue;
    set(given, at, text);
    places.set(JSON.stringify(at), { at, text });
  }
  for (;;) {
    const parsed = parseStack(given);
    if (parsed.stack) break;
    const restored = ([...path]: Place): boolean => {
      const head = JSON.stringify(path).slice(0, -1);
      const below = [...places].filter(([key]) => key === `${head}]` || key.startsWith(`${head},`));
      for (const [key, { at }] of below) {
        set(given, at, get(sound, at) as string);
        places.delete(key);
      }
      return below.length > 0;
    };
    const paths = parsed.problems.map(({ path }) => path.map(String));
    if (paths.map(restored).some(Boolean)) continue;
    throw new Error(`refused for what stands elsewhere: ${JSON.stringify(parsed.problems)}`);
  }
  return {
    text: stackText(given),
    places: new Map([...places.values()].map(({ at, text }) => [at.join("."), text])),
  };
}
