import { runProgram } from "../../bench/mock-run";
import { stackData } from "../support/clusters/stacks";

/** A Kubernetes object as it would be sent to the API server. */
export interface KubernetesObject {
  /** Stack and resource. */
  of: string;
  object: Record<string, unknown>;
}

/** Every Kubernetes object that the program makes of a committed stack file. */
export async function kubernetesObjects(stack: string): Promise<KubernetesObject[]> {
  const registered = await runProgram(stackData(stack));
  return registered
    .filter(({ type }) => type.startsWith("kubernetes:"))
    .map(({ name, inputs }) => ({ of: `${stack}: ${name}`, object: inputs }));
}
