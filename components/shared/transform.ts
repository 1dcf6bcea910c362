import type { CustomResourceOptions } from "@pulumi/pulumi";

/**
 * The last word over one kind of child: properties that replace the component's, or a function
 * that gets what the component would register and returns what is registered instead.
 */
export type Transform<A extends object> =
  | Partial<A>
  | ((args: A, opts: CustomResourceOptions) => A);

/** A child's arguments after its transform, if there is one. */
export function transformed<A extends object>(
  transform: Transform<A> | undefined,
  args: A,
  opts: CustomResourceOptions,
): A {
  if (typeof transform === "function") return transform(args, opts);
  return transform ? { ...args, ...transform } : args;
}
