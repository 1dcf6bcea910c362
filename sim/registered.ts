/** A resource as a program registered it, without any engine. */
export interface RegisteredResource {
  urn: string;
  type: string;
  name: string;
  /** URN of the parent; absent for the stack itself. */
  parentUrn?: string;
  /** URN of the explicit provider that manages it. @default the default one of its package */
  provider?: string;
  /** Whether a provider manages it; a component is not. */
  custom: boolean;
  /** Id on the simulated platform; absent for components. */
  id?: string;
  /** Inputs as plain data: secrets unwrapped, an asset as `{ __pulumiAsset: true, text | path | uri }`. */
  inputs: Record<string, unknown>;
  /** What the simulated platform made of it. */
  outputs: Record<string, unknown>;
  /** URNs of every resource it depends on, named or through an input. */
  dependsOn: string[];
  /** URNs of the resources that each input depends on. */
  propertyDependencies: Record<string, string[]>;
  /** Options that a rule may ask for. */
  options: {
    protect: boolean;
    ignoreChanges: string[];
    deleteBeforeReplace: boolean;
    replaceOnChanges: string[];
    aliases: string[];
    deletedWith?: string;
  };
}
