/** A call that a provider answers, counted per method and resource type. */
export type Method = "check" | "diff" | "create" | "read" | "update" | "delete" | "invoke";

/** The n-th call of a kind. */
export interface FaultPoint {
  method: Method;
  /** Resource type or function token. @default every one */
  type?: string;
  /** Name of the resource. @default every one */
  name?: string;
  /** Which of the matching calls, counted from 1. @default 1 */
  nth?: number;
}

/** Something that goes wrong on the simulated platforms. */
export type Fault =
  /** A Proxmox node is off: the API calls that address it fail. */
  | { kind: "node-down"; node: string }
  /** The cluster has lost its quorum: it can be read, but not written. */
  | { kind: "no-quorum" }
  /** A host does not answer SSH. */
  | { kind: "host-down"; host: string }
  /** The call fails with this message and changes nothing. */
  | { kind: "error"; at: FaultPoint; message: string }
  /** The platform carries the call out, and yet it fails with this message: the answer was lost. */
  | { kind: "apply-then-error"; at: FaultPoint; message: string }
  /** The call takes so long before the platform carries it out, and is answered then. */
  | { kind: "slow"; at: FaultPoint; ms: number }
  /** The call never reaches the platform and is never answered. */
  | { kind: "hang"; at: FaultPoint }
  /** The platform carries the call out, but the answer never arrives. */
  | { kind: "apply-then-hang"; at: FaultPoint }
  /** Deleting a tunnel answers "done", but the tunnel stays (pulumi-cloudflare #1440). */
  | { kind: "tunnel-stays" }
  /** A deleted replication job is only marked: the background task that removes it does not run. */
  | { kind: "slow-replication-removal" };

/** A call as faults see it. */
export interface Call {
  method: Method;
  type: string;
  name: string;
}

/** Decides at every call whether something goes wrong there. */
export class Faults {
  private readonly counts = new Map<Fault, number>();
  private readonly waiting: ((call: Call) => void)[] = [];
  private readonly expected: { fault: Fault; arrived: (call: Call) => void }[] = [];
  private readonly running = new Set<Promise<unknown>>();

  constructor(private faults: readonly Fault[] = []) {}

  /** From now on these things go wrong, and no others; counting begins anew. */
  replace(faults: readonly Fault[]): void {
    this.faults = faults;
    this.counts.clear();
  }

  /** Whether a Proxmox node is off. */
  nodeDown(node: string): boolean {
    return this.faults.some((fault) => fault.kind === "node-down" && fault.node === node);
  }

  /** Whether the Proxmox cluster has lost its quorum. */
  get noQuorum(): boolean {
    return this.faults.some((fault) => fault.kind === "no-quorum");
  }

  /** Whether a host does not answer SSH. */
  hostDown(host: string): boolean {
    return this.faults.some((fault) => fault.kind === "host-down" && fault.host === host);
  }

  /** Whether a deleted tunnel stays. */
  get tunnelStays(): boolean {
    return this.faults.some((fault) => fault.kind === "tunnel-stays");
  }

  /** Whether deleted replication jobs stay, marked. */
  get slowReplicationRemoval(): boolean {
    return this.faults.some((fault) => fault.kind === "slow-replication-removal");
  }

  /** Resolves with the call at which the next hang begins; whoever waits can kill the engine exactly there. */
  hung(): Promise<Call> {
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  /** Resolves when a fault strikes, with the call that it strikes; for a hang, once nothing more will happen. */
  struck(fault: Fault): Promise<Call> {
    return new Promise((arrived) => this.expected.push({ fault, arrived }));
  }

  /** Resolves once the platforms work on nothing any more; a call that hangs is not worked on. */
  async idle(): Promise<void> {
    while (this.running.size > 0) await Promise.allSettled(this.running);
  }

  /** Runs one call: as it is, late, failing, or never answered. */
  async around<T>(call: Call, run: () => T | Promise<T>): Promise<T> {
    const fault = this.due(call);
    if (fault?.kind === "error") {
      this.strike(fault, call);
      throw new Error(fault.message);
    }
    if (fault?.kind === "hang") return this.never(fault, call);
    if (fault?.kind === "slow") this.strike(fault, call);
    const answer = await this.counted(async () => {
      if (fault?.kind === "slow") await new Promise((over) => setTimeout(over, fault.ms));
      return run();
    });
    if (fault?.kind === "apply-then-hang") return this.never(fault, call);
    if (fault?.kind !== "apply-then-error") return answer;
    this.strike(fault, call);
    throw new Error(fault.message);
  }

  private async counted<T>(work: () => Promise<T>): Promise<T> {
    const working = work();
    this.running.add(working);
    try {
      return await working;
    } finally {
      this.running.delete(working);
    }
  }

  private strike(fault: Fault, call: Call): void {
    for (const one of this.expected) if (one.fault === fault) one.arrived(call);
  }

  private due(call: Call): Fault | undefined {
    let due: Fault | undefined;
    for (const fault of this.faults) {
      if (!("at" in fault) || !matches(fault.at, call)) continue;
      const count = (this.counts.get(fault) ?? 0) + 1;
      this.counts.set(fault, count);
      if (count === (fault.at.nth ?? 1)) due ??= fault;
    }
    return due;
  }

  private never<T>(fault: Fault, call: Call): Promise<T> {
    this.strike(fault, call);
    for (const wake of this.waiting.splice(0)) wake(call);
    return new Promise(() => {});
  }
}

function matches(point: FaultPoint, call: Call): boolean {
  return (
    point.method === call.method &&
    (point.type === undefined || point.type === call.type) &&
    (point.name === undefined || point.name === call.name)
  );
}
