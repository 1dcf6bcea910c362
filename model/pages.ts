/**
 * Where this project lives, as in package.json. Messages are read far from a clone: in stacks that
 * use the package or the policy pack alone, in pull requests, in CI logs.
 */
export const REPOSITORY = "https://github.com/homelab-ha/homelab-ha";

/**
 * Address of a page of the documentation.
 *
 * @param path below `docs/`, e.g. `adopt.md` or `audit.md#no-backup`
 */
export function pageUrl(path: string): string {
  return `${REPOSITORY}/blob/main/docs/${path}`;
}
