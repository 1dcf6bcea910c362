import * as pulumi from "@pulumi/pulumi";

/** One resource as the engine would see it, with the options that decide its life. */
export interface Registration {
  type: string;
  name: string;
  inputs: Record<string, unknown>;
  /** Names of the resources it waits for. */
  dependsOn: string[];
  /** Name of its parent. */
  parent: string;
  options: {
    protect?: true;
    deleteBeforeReplace?: true;
    ignoreChanges?: string[];
    replaceOnChanges?: string[];
    replaceWith?: string[];
    importId?: string;
    /** Names that it had before. */
    aliases?: string[];
  };
}

/** A secret as it travels to the engine; shown with a mark, so that tests see which ones are. */
const SECRET = "4dabf18193072939515e22adb298388d";

function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  const record = value as Record<string, unknown>;
  if (SECRET in record) return { secret: plain(record.value) };
  return Object.fromEntries(Object.entries(record).map(([key, inner]) => [key, plain(inner)]));
}

/** Kubernetes objects without a name get one made up by the provider. */
function named(name: string, inputs: Record<string, unknown>): Record<string, unknown> {
  if (inputs.kind === undefined) return inputs;
  return { ...inputs, metadata: { name: `${name}-1a2b3c`, ...(inputs.metadata as object) } };
}

const nameOf = (urn: string) => urn.split("::").slice(3).join("::");

/** Answers of provider functions, by token; a function without an answer is an error. */
export type Functions = Record<string, (inputs: Record<string, unknown>) => object>;

/**
 * Runs a piece of a program against the SDK's mock monitor.
 *
 * @returns everything it registered, in order, after all of it settled
 */
export async function record<T>(
  build: () => T,
  functions: Functions = {},
): Promise<{ resources: Registration[]; result: T }> {
  const resources: Registration[] = [];
  await pulumi.runtime.setMocks(
    {
      newResource: ({ name, inputs, custom }) => {
        const found = resources.find((one) => one.name === name && one.inputs === unset);
        if (found) found.inputs = plain(inputs) as Record<string, unknown>;
        return { id: custom === false ? "" : `${name}-id`, state: named(name, inputs) };
      },
      call: ({ token, inputs }) => {
        const answer = functions[token];
        if (!answer) throw new Error(`the test has no answer for ${token}`);
        return answer(inputs);
      },
    },
    "homelab-ha",
    "test",
  );
  const monitor = pulumi.runtime.getMonitor();
  if (!monitor) throw new Error("the SDK has no mock monitor");
  const register = monitor.registerResource.bind(monitor);
  monitor.registerResource = ((request: RegisterRequest, ...rest: unknown[]) => {
    resources.push(registration(request));
    return Reflect.apply(register, monitor, [request, ...rest]);
  }) as typeof monitor.registerResource;
  const result = build();
  await pulumi.runtime.disconnect();
  return { resources, result };
}

const unset: Record<string, unknown> = {};

type RegisterRequest = Parameters<
  NonNullable<ReturnType<typeof pulumi.runtime.getMonitor>>["registerResource"]
>[0];

function registration(request: RegisterRequest): Registration {
  const list = (key: keyof Registration["options"], values: string[]) =>
    values.length > 0 ? { [key]: values } : {};
  return {
    type: request.getType(),
    name: request.getName(),
    inputs: unset,
    dependsOn: request.getDependenciesList().map(nameOf).sort(),
    parent: nameOf(request.getParent()),
    options: {
      ...(request.getProtect() && { protect: true }),
      ...(request.getDeletebeforereplace() && { deleteBeforeReplace: true }),
      ...(request.getImportid() !== "" && { importId: request.getImportid() }),
      ...list(
        "aliases",
        // Those of a provider are former types, without a name.
        request.getAliasesList().flatMap((alias) => alias.getSpec()?.getName() || []),
      ),
      ...list("ignoreChanges", request.getIgnorechangesList()),
      ...list("replaceOnChanges", request.getReplaceonchangesList()),
      ...list("replaceWith", request.getReplaceWithList().map(nameOf)),
    },
  };
}

/** What a list of registrations is about: type and name of each. */
export function listing(resources: readonly Registration[]): [type: string, name: string][] {
  return resources.map(({ type, name }) => [type, name]);
}

/** The registration of that name and type ending. */
export function pick(resources: readonly Registration[], type: string, name: string): Registration {
  const found = resources.find((one) => one.type.endsWith(type) && one.name === name);
  if (!found) throw new Error(`${type} "${name}" was not registered`);
  return found;
}

/** The message with which a component refuses its arguments; it must have registered nothing. */
export async function refusal(build: () => unknown): Promise<string> {
  const { resources, result } = await record(() => {
    try {
      build();
    } catch (error) {
      return (error as Error).message;
    }
    throw new Error("the arguments were accepted");
  });
  if (resources.length > 0) throw new Error(`registered ${JSON.stringify(listing(resources))}`);
  return result;
}

/** The value of an Output, once it is there. */
export function resolvedValue<T>(output: pulumi.Output<T>): Promise<T> {
  return new Promise((resolve) => {
    output.apply(resolve);
  });
}
