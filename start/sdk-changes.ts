import { lateOutputs, type Transfer } from "./late-outputs";

/**
 * What the SDK does for each resource and nobody uses here: a trace of each promise, the list of the
 * lines that made the resource, and an Output of each property that its type has, read or not. A third
 * of the processor time and of the memory of a large stack.
 *
 * Whoever looks for promises that the SDK forgot (PULUMI_DEBUG_PROMISE_LEAKS) gets it as it is.
 */

/** A change of one file of the SDK. */
export interface SdkChange {
  /** The file, as a path in the package. */
  file: string;
  /** How the SDK's own files ask for it. */
  request: RegExp;
  /** Changes it; says whether what is changed is there, for files that load each other come in parts. */
  change: (module: never) => boolean;
}

type Debuggable = (promise: Promise<unknown>, context?: unknown) => Promise<unknown>;

/** Leaves out the trace of where each promise was made. */
function withoutTraces(module: { debuggablePromise?: Debuggable }): boolean {
  const { debuggablePromise } = module;
  if (debuggablePromise === undefined) return false;
  module.debuggablePromise = (promise, context) => {
    const limit = Error.stackTraceLimit;
    Error.stackTraceLimit = 0;
    try {
      return debuggablePromise(promise, context);
    } finally {
      Error.stackTraceLimit = limit;
    }
  };
  return true;
}

/** Makes the Outputs of a resource's properties when they are read. */
function withLateOutputs(module: { transferProperties?: Transfer }): boolean {
  const { transferProperties } = module;
  if (transferProperties === undefined) return false;
  module.transferProperties = lateOutputs(transferProperties);
  return true;
}

/** Leaves out which lines of the program made a resource: all are lines of this project. */
function withoutPositions(module: { Resource?: { stackTrace: () => unknown[] } }): boolean {
  if (module.Resource?.stackTrace === undefined) return false;
  module.Resource.stackTrace = () => [];
  return true;
}

const changes: readonly SdkChange[] = [
  {
    file: "runtime/debuggable",
    request: /^(?:\.\.?\/)+(?:runtime\/)?debuggable$/,
    change: withoutTraces,
  },
  { file: "runtime/rpc", request: /^(?:\.\.?\/)+(?:runtime\/)?rpc$/, change: withLateOutputs },
  { file: "resource", request: /^(?:\.\.?\/)+resource$/, change: withoutPositions },
];

/**
 * The SDK that all of this was tried with, side by side with the SDK as it is (`test/start`). It relies on
 * how that one is written inside, so another one is left as it is.
 */
export const TRIED_SDK = "3.248.0";

/** Whether somebody was told that an SDK is left as it is. */
let told = false;

/** Whether an SDK is the one that may be changed. Says once why it is not. */
export function isTried(version: unknown): boolean {
  if (version === TRIED_SDK) return true;
  if (!told) {
    told = true;
    const found = typeof version === "string" ? version : "of an unknown version";
    process.stderr.write(
      `homelab-ha: @pulumi/pulumi ${found} is used as it is, which takes more time and memory; only ${TRIED_SDK} was tried with less work for each resource\n`,
    );
  }
  return false;
}

/** Files of the SDK that are changed already. */
const changed = new WeakSet<object>();

/** The changes of this process. */
export function sdkChanges(): readonly SdkChange[] {
  return process.env.PULUMI_DEBUG_PROMISE_LEAKS === undefined ? changes : [];
}

/** Changes a file of the SDK, once. */
export function changeSdk({ change }: SdkChange, module: object): void {
  if (!changed.has(module) && change(module as never)) changed.add(module);
}
