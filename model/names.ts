// What Proxmox VE allows as a name, in the words of its API schema (PVE::JSONSchema, PVE::Storage).

/** `pve-node`: a host name without a domain. */
export const NODE_NAME = /^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/;

/** `pve-storage-id`: begins with a letter, ends with a letter or digit, two characters at least. */
export const STORAGE_ID = /^[A-Za-z][A-Za-z0-9._-]{0,98}[A-Za-z0-9]$/;

/** `dns-name`, a guest's name: labels of letters, digits and hyphens with dots between. */
export const GUEST_NAME =
  /^(?=.{1,253}$)[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*$/;

/** Names that resources are composed of, each with where it is stated. */
export interface Composed<Path> {
  /** Group, pair or load balancer. */
  of: string;
  member: string;
  path: Path;
}

/**
 * Pairs of entries whose resources would have one name: `a` with `b-c`, and `a-b` with `c`.
 *
 * @returns the later entry, with the earlier one
 */
export function sameComposed<Path>(
  all: readonly Composed<Path>[],
): { later: Composed<Path>; earlier: Composed<Path> }[] {
  const first = new Map<string, Composed<Path>>();
  return all.flatMap((later) => {
    const key = `${later.of}-${later.member}`;
    const earlier = first.get(key);
    if (earlier === undefined) first.set(key, later);
    return earlier !== undefined && earlier.of !== later.of ? [{ later, earlier }] : [];
  });
}
