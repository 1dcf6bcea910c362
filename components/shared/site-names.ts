import type * as pulumi from "@pulumi/pulumi";

/** Site of each component that is in one. */
const sites = new WeakMap<pulumi.Resource, string>();

/**
 * Says that a component is in a site: in that of its parent, or in the one that is named.
 *
 * @param of the parent, or the name of the site
 */
export function joinSite(
  component: pulumi.Resource,
  of: pulumi.Resource | string | undefined,
): void {
  const site = typeof of === "object" ? sites.get(of) : of;
  if (site !== undefined) sites.set(component, site);
}

/**
 * Name of a resource: it begins with the site that its parent is in, since two sites may have pairs,
 * groups and guests of one name. What stands on hosts and platforms has the name alone.
 */
export function inSite(name: string, parent: pulumi.Resource | undefined): string {
  const site = parent && sites.get(parent);
  return site === undefined ? name : `${site}-${name}`;
}

/** How a command of `homelab` is told of the site: nothing where the stack has one cluster. */
export function siteFlag(parent: pulumi.Resource | undefined): string {
  const site = parent && sites.get(parent);
  return site === undefined ? "" : ` --site ${site}`;
}
