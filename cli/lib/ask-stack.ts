import type { ProviderResource } from "@pulumi/pulumi";
import type { Stack } from "@pulumi/pulumi/automation";
import type { StateResource } from "../commands/recover/state";

/** Asks platforms through the engine, so that the stack's own providers and credentials are used. */
export async function askStack<T>(stack: Stack, question: () => Promise<T>): Promise<T> {
  let answer: { value: T } | undefined;
  const program = async () => {
    answer = { value: await question() };
    // A program that ends well without registering anything would make a plan to delete everything.
    throw new Error("every question was answered; nothing is planned");
  };
  try {
    await stack.preview({ program });
  } catch (error) {
    if (answer === undefined) throw error;
  }
  if (answer === undefined) throw new Error("the engine ended before the platforms were asked");
  return answer.value;
}

/** Which cluster a resource of Proxmox is of: its explicit provider; undefined for the default one. */
export function providerOf({ provider }: Pick<StateResource, "provider">): string | undefined {
  return provider === undefined || /::default(_[^:]*)?::[^:]*$/.test(provider)
    ? undefined
    : provider;
}

/**
 * Asks the cluster of each provider the same. The engine answers for a provider only that the program
 * registers, so it is registered as the state has it.
 *
 * @param providers of a state; undefined stands for the default one
 * @param question gets the provider; nothing for the default one
 */
export async function askEach<T>(
  stack: Stack,
  providers: readonly (string | undefined)[],
  question: (provider: ProviderResource | undefined) => Promise<T>,
): Promise<Map<string | undefined, T>> {
  const inputs = providers.some((one) => one !== undefined) ? await providerInputs(stack) : {};
  return askStack(stack, async () => {
    const { Provider } = await import("@muhlba91/pulumi-proxmoxve/provider.js");
    const answers = providers.map(async (provider) => {
      const urn = provider?.split("::").slice(0, -1).join("::") ?? "";
      const name = urn.split("::").at(-1) ?? "";
      const made = provider === undefined ? undefined : new Provider(name, inputs[urn]);
      return [provider, await question(made)] as const;
    });
    return new Map(await Promise.all(answers));
  });
}

/** Inputs of the providers in a state by URN, secrets in plain text: they stay in this process. */
async function providerInputs(stack: Stack): Promise<Record<string, Record<string, unknown>>> {
  const { deployment } = await stack.exportStack();
  const { resources = [] } = deployment as { resources?: StateResource[] };
  const ofProxmox = resources.filter(({ type }) => type === "pulumi:providers:proxmoxve");
  return Object.fromEntries(ofProxmox.map(({ urn, inputs = {} }) => [urn, settings(inputs)]));
}

/** What the constructor takes of what the state has: without the engine's own, secrets opened. */
function settings(inputs: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(inputs)
      .filter(([key]) => key !== "version" && !key.startsWith("__"))
      .map(([key, value]) => [key, opened(value)]),
  );
}

/** The state has the settings of a provider as JSON texts, the engine's form for all but texts. */
function opened(value: unknown): unknown {
  const { plaintext } = (value ?? {}) as { plaintext?: unknown };
  const text = typeof plaintext === "string" ? (JSON.parse(plaintext) as unknown) : value;
  return text === "true" || text === "false" ? text === "true" : text;
}
