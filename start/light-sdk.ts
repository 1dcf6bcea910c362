import Module from "node:module";

/**
 * Loads two parts of the Pulumi SDK when they are used, not when the SDK is loaded: the TypeScript
 * compiler and npm's reader of dependency trees. Both serve functions that become resources
 * (`serializeFunction`, dynamic providers), which nothing here has, and they are two thirds of the
 * processor time that `import "@pulumi/pulumi"` costs. Whoever uses them gets the real ones. And
 * leaves out the trace that the SDK takes of each promise.
 *
 * For processes that are ours alone: a program that imports the components is left as it is. To be
 * imported before anything that imports the SDK.
 */

type Load = (
  this: unknown,
  request: string,
  parent?: { filename?: unknown },
  main?: boolean,
) => unknown;

/** What is late: the file of the SDK that asks, and for which package. */
const late: readonly { package: string; askedBy: RegExp; esModule: boolean }[] = [
  {
    package: "typescript",
    askedBy: /[\\/]@pulumi[\\/]pulumi[\\/]typescript-shim\.js$/,
    esModule: false,
  },
  {
    package: "@npmcli/arborist",
    askedBy: /[\\/]@pulumi[\\/]pulumi[\\/]runtime[\\/]closure[\\/]codePaths\.js$/,
    // So that the compiled import takes it as it is, and does not copy each member.
    esModule: true,
  },
];

/** The file of the SDK that notes, for each of its promises, where it was made. */
const TRACES = /^(?:\.\.?\/)+(?:runtime\/)?debuggable$/;

type Debuggable = (promise: Promise<unknown>, context?: unknown) => Promise<unknown>;

/**
 * Leaves the traces out, of which nothing is printed unless PULUMI_DEBUG_PROMISE_LEAKS asks for them.
 */
function withoutTraces(module: { debuggablePromise: Debuggable }): void {
  const { debuggablePromise } = module;
  module.debuggablePromise = (promise, context) => {
    const limit = Error.stackTraceLimit;
    Error.stackTraceLimit = 0;
    try {
      return debuggablePromise(promise, context);
    } finally {
      Error.stackTraceLimit = limit;
    }
  };
}

/** A module that is loaded when the first of its members is asked for. */
function lateModule(load: () => object, esModule: boolean): object {
  let loaded: object | undefined;
  const real = () => {
    loaded ??= load();
    return loaded;
  };
  return new Proxy(
    {},
    {
      get: (_, member) => (member === "__esModule" ? esModule : Reflect.get(real(), member)),
      has: (_, member) => member in real(),
    },
  );
}

const loader = Module as unknown as { _load: Load };
const load = loader._load;
/** Modules whose traces are left out. */
const seen = new WeakSet<object>();

loader._load = function (request, parent, main) {
  const { filename } = parent ?? {};
  const found = late.find((one) => one.package === request);
  if (
    TRACES.test(request) &&
    typeof filename === "string" &&
    /[\\/]@pulumi[\\/]pulumi[\\/]/.test(filename) &&
    process.env.PULUMI_DEBUG_PROMISE_LEAKS === undefined
  ) {
    const module = load.call(this, request, parent, main) as { debuggablePromise: Debuggable };
    if (!seen.has(module)) {
      seen.add(module);
      withoutTraces(module);
    }
    return module;
  }
  if (found === undefined || typeof filename !== "string" || !found.askedBy.test(filename)) {
    return load.call(this, request, parent, main);
  }
  return lateModule(() => load.call(this, request, parent, main) as object, found.esModule);
};
