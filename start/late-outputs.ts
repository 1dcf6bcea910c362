/** Tells an Output what its value is, or why it has none; the SDK calls it once. */
type Resolver = (...outcome: unknown[]) => void;

type Properties = Record<string, unknown>;

/** The function of the SDK (`runtime/rpc.js`) that gives a new resource an Output for each property. */
export type Transfer = (onto: object, label: string, props: Properties) => Record<string, Resolver>;

/** Where a resource keeps what its Outputs are made of. */
const LATE = Symbol("late outputs");

interface Late {
  [LATE]: Outputs;
}

/** The Outputs of one resource, of which some are not made yet. */
class Outputs {
  /** What the engine answered for properties that nobody has read. */
  private readonly outcomes = new Map<string, unknown[]>();
  /** Who waits for the engine's answer: properties that somebody has read. */
  private readonly waiting = new Map<string, Resolver>();

  constructor(
    private readonly transfer: Transfer,
    private readonly onto: Properties,
    private readonly label: string,
  ) {}

  /** Makes an Output in the place of its accessor, so that the names keep their order. */
  make(key: string): unknown {
    const resolve = this.transferOver(key);
    const outcome = this.outcomes.get(key);
    if (resolve && outcome) resolve(...outcome);
    else if (resolve) this.waiting.set(key, resolve);
    this.outcomes.delete(key);
    return this.onto[key];
  }

  /** The SDK asks the object itself whether it has the property already, and assigns the Output to it. */
  private transferOver(key: string): Resolver | undefined {
    const { onto } = this;
    const value = (name: PropertyKey) => name !== key && Object.hasOwn(onto, name);
    Object.defineProperty(onto, "hasOwnProperty", { configurable: true, value });
    try {
      return this.transfer(onto, this.label, { [key]: undefined })[key];
    } finally {
      Reflect.deleteProperty(onto, "hasOwnProperty");
    }
  }

  settle(key: string, outcome: unknown[]): void {
    const resolve = this.waiting.get(key);
    if (resolve) resolve(...outcome);
    else this.outcomes.set(key, outcome);
    this.waiting.delete(key);
  }

  assign(key: string, value: unknown): void {
    const own = { configurable: true, enumerable: true, writable: true, value };
    Object.defineProperty(this.onto, key, own);
  }
}

/** One accessor for each name of a property, whatever the resource. */
const accessors = new Map<string, PropertyDescriptor & ThisType<Late>>();

function accessorOf(key: string): PropertyDescriptor {
  const known = accessors.get(key);
  if (known) return known;
  const made: PropertyDescriptor & ThisType<Late> = {
    configurable: true,
    enumerable: true,
    get() {
      return this[LATE].make(key);
    },
    set(value) {
      this[LATE].assign(key, value);
    },
  };
  accessors.set(key, made);
  return made;
}

/**
 * The SDK's own function, made late: the Output of a property is made when somebody reads that
 * property, by the SDK itself, and is told then what the engine has answered.
 *
 * An Output is about fifteen promises and as many functions, and a resource keeps one for each
 * property that its type has, set or not, for as long as the program runs. Most are never read.
 * The URN and the id are as they were; they report a registration that fails.
 *
 * @param transfer the SDK's `transferProperties`
 */
export function lateOutputs(transfer: Transfer): Transfer {
  return (onto, label, props) => {
    const outputs = new Outputs(transfer, onto as Properties, label);
    Object.defineProperty(onto, LATE, { value: outputs });
    const resolvers: Record<string, Resolver> = {};
    for (const key of Object.keys(props)) {
      if (key === "id" || key === "urn") continue;
      if (Object.hasOwn(onto, key)) {
        throw new Error(`Property '${key}' is already initialized on target '${label}`);
      }
      Object.defineProperty(onto, key, accessorOf(key));
      resolvers[key] = (...outcome) => outputs.settle(key, outcome);
    }
    return resolvers;
  };
}
