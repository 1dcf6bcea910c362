import { signedIn } from "../numbers";
import type { Conf, Tracked, Tracker } from "../state";
import type { Keyword, Statement } from "../stream";

interface Kind {
  /** The word in messages. */
  word: string;
  /** The blocks that define the trackers, in their order; interfaces have none. */
  defined(conf: Conf): readonly Tracker[] | undefined;
  /** ±254 become ±253. */
  cut: boolean;
  limit: 253 | 254;
  noreverse: boolean;
  /** A wrong word behind the weight loses the line. */
  strictOption: boolean;
}

const kinds = {
  interfaces: {
    word: "interface",
    defined: () => undefined,
    cut: true,
    limit: 254,
    noreverse: false,
    strictOption: false,
  },
  scripts: {
    word: "script",
    defined: ({ scripts }) => scripts,
    cut: true,
    limit: 254,
    noreverse: true,
    strictOption: false,
  },
  files: {
    word: "file",
    defined: ({ files }) => files,
    cut: false,
    limit: 254,
    noreverse: true,
    strictOption: true,
  },
  processes: {
    word: "process",
    defined: ({ processes }) => processes,
    cut: false,
    limit: 254,
    noreverse: true,
    strictOption: false,
  },
  bfds: {
    word: "BFD session",
    defined: ({ bfds }) => bfds,
    cut: false,
    limit: 253,
    noreverse: true,
    strictOption: true,
  },
} satisfies Record<string, Kind>;

/**
 * A block of tracked things: one a line, with a weight of its own or without. What it names has to
 * be defined above it.
 *
 * @param list where they are put
 * @param lost is told the name of what is not defined
 */
export function trackKeyword(
  kind: keyof typeof kinds,
  conf: Conf,
  list: () => Tracked[],
  lost: (name: string) => void = () => {},
): Keyword {
  return {
    run: (statement) =>
      statement.items((item) => {
        const found = trackedIn(item, kinds[kind], conf, list(), lost);
        if (found) list().push(found);
      }),
  };
}

function trackedIn(
  item: Statement,
  kind: Kind,
  conf: Conf,
  known: readonly Tracked[],
  lost: (name: string) => void,
): Tracked | undefined {
  const name = item.argument(0);
  const [, keyword, value, option] = item.words;
  const base = definedAs(item, name, kind, conf, lost);
  if (base === undefined) return undefined;
  if (known.some((other) => other.name === name)) {
    item.note(`names ${kind.word} "${name}" a second time, which is ignored`);
    return undefined;
  }
  if (keyword === undefined) return { name, weight: base.weight, reverse: base.reverse };
  if (keyword !== "weight" || value === undefined) {
    item.note(
      `is ignored with its ${kind.word} "${name}": only "weight" and a number may stand behind the name`,
      keyword === "weight" ? "write the number" : "write each on a line of its own",
    );
    return undefined;
  }
  const weight = weightIn(item, value, kind, base);
  if (option === undefined) return { name, weight, reverse: base.reverse };
  if (option === "reverse") return { name, weight, reverse: true };
  if (option === "noreverse" && kind.noreverse) return { name, weight, reverse: false };
  item.note(`has "${option}" behind the weight, which keepalived does not know`);
  return kind.strictOption ? undefined : { name, weight, reverse: base.reverse };
}

function definedAs(
  item: Statement,
  name: string,
  kind: Kind,
  conf: Conf,
  lost: (name: string) => void,
): Tracker | undefined {
  const defined = kind.defined(conf);
  if (defined === undefined) {
    if (hasInterface(conf, name)) return { name, weight: 0, reverse: false };
    item.note(`names the interface "${name}", which does not exist`);
    return undefined;
  }
  const found = defined.find((one) => one.name === name);
  if (found !== undefined) return found;
  lost(name);
  item.note(
    `names the ${kind.word} "${name}", which is not defined above it, and is ignored`,
    "define it first",
  );
  return undefined;
}

function weightIn(item: Statement, value: string, kind: Kind, base: Tracker): number {
  const { value: weight, taken, clean } = signedIn(value, -kind.limit, kind.limit);
  if (!clean) item.note(`has the weight "${value}", which is no number in the range`);
  if (!taken) return base.weight;
  return kind.cut && Math.abs(weight) === 254 ? Math.sign(weight) * 253 : weight;
}

/** Whether the host has an interface; keepalived ends over one that it has not. */
export function hasInterface(conf: Conf, name: string): boolean {
  const has = conf.host.hasInterface ?? ((one: string) => /^[\w.:@+-]{1,15}$/.test(one));
  if (has(name) || conf.globals.dynamicInterfaces) return true;
  conf.missingInterfaces.push(name);
  return false;
}
