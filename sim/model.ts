import type { Faults } from "./faults";
import type { Props } from "./props";
import type { World } from "./world";

/** Something a provider refuses before anything is created, as its schema does. */
export interface Problem {
  property: string;
  reason: string;
}

/** What a command printed, without the last line break. */
export interface Output {
  stdout: string;
  stderr: string;
}

/** Hosts on which commands really run. Both take the inputs of their resource, and throw the provider's words. */
export interface Hosts {
  /** @param before what the resource's last run printed */
  run(command: string, inputs: Props, before: Output): Promise<Output>;
  copy(inputs: Props): Promise<void>;
}

/** What a resource type needs to act on its platform. */
export interface Context {
  world: World;
  faults: Faults;
  /** @default commands are only noted: there are no hosts */
  hosts?: Hosts;
  /** Type token of the resource. */
  type: string;
  /** Name of the resource in the program. */
  name: string;
}

/** A resource as its platform has it. */
export interface Live {
  id: string;
  outputs: Props;
}

/**
 * Behaviour of one resource type: what its provider checks and what its platform allows. Creating,
 * updating and deleting throw an `Error` with the platform's own words when it refuses.
 */
export interface ResourceModel {
  /** Every input the type has; what `read` gives back of a resource that is imported. */
  inputs: readonly string[];
  /** Inputs, or paths into them, whose change means a new resource; may depend on the new inputs. */
  replaceOn: readonly string[] | ((news: Props) => readonly string[]);
  /** What new inputs are compared with: the platform's state (Terraform providers) or the last inputs. */
  compareWith: "state" | "inputs";
  /** Inputs with the provider's own defaults. @default as they are */
  defaults?(inputs: Props, name: string): Props;
  /** What the provider refuses without asking the platform. Unknown values must be let pass. @default nothing */
  problems?(inputs: Props): Problem[];
  create(inputs: Props, context: Context): Live | Promise<Live>;
  /** What the provider says when something is imported that does not exist (in its `ImportState`). @default nothing: the answer is "gone" */
  importError?: string;
  /** `undefined` when the platform has no such resource. `state` is empty at an import. */
  read(id: string, state: Props, context: Context): Live | undefined;
  /** Gives the new outputs. */
  update(id: string, inputs: Props, before: Props, context: Context): Props | Promise<Props>;
  delete(id: string, state: Props, context: Context): void | Promise<void>;
}
