import type { CustomResourceOptions } from "@pulumi/pulumi";
import { inSite } from "./site-names";

/**
 * The last word over one kind of child: properties that replace the component's, or a function.
 *
 * The function gets copies of its own of the final arguments and options, and the child's name. What
 * it changes in them in place is registered, for that child alone; arguments that it returns stand
 * for those that it was given.
 */
export type Transform<A extends object> =
  | Partial<A>
  | ((args: A, opts: CustomResourceOptions, name: string) => A | undefined);

/** A child just before it is registered. */
export interface Child<A extends object> {
  name: string;
  args: A;
  opts: CustomResourceOptions;
  /**
   * Inputs among `ignoreChanges` that are there because the component does not set them: one that a
   * transform sets is followed. @default none
   */
  leftAlone?: readonly (keyof A & string)[];
}

/** Whose children are made, and who has the last word over them. */
export interface Owner<Transforms> {
  /** Name of the component, and start of the children's names. */
  name: string;
  /** @default no last word */
  transform?: Transforms | undefined;
  opts: CustomResourceOptions;
}

/** What is registered of a child, with the name of its site before its own: its own copies, after its transform if there is one. */
export function transformed<A extends object>(
  transform: Transform<A> | undefined,
  child: Child<A>,
): { name: string; args: A; opts: CustomResourceOptions } {
  const opts = ownCopy(child.opts);
  const name = inSite(child.name, child.opts.parent);
  const args = applied(transform, ownCopy(child.args), opts, name);
  const { leftAlone = [] } = child;
  const handed = child.opts.ignoreChanges ?? [];
  const { ignoreChanges = [] } = opts;
  // Options that the transform changed are its last word.
  if (leftAlone.length > 0 && ignoreChanges.join("\n") === handed.join("\n")) {
    const set: readonly string[] = leftAlone.filter((key) => args[key] !== undefined);
    opts.ignoreChanges = ignoreChanges.filter((key) => !set.includes(key));
  }
  return { name, args, opts };
}

/** The arguments that a transform makes of `args`; a function may change `opts` in place. */
export function applied<A extends object>(
  transform: Transform<A> | undefined,
  args: A,
  opts: CustomResourceOptions,
  name: string,
): A {
  if (typeof transform === "function") return transform(args, opts, name) ?? args;
  return transform ? { ...args, ...ownCopy(transform) } : args;
}

/** Lists and plain objects are copied all the way down; Outputs, resources and assets are themselves. */
function ownCopy<T>(value: T): T {
  if (Array.isArray(value)) return value.map(ownCopy) as T;
  if (typeof value !== "object" || value === null) return value;
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, ownCopy(inner)]),
  ) as T;
}
