/**
 * What to tell when the cluster runs another version than its stack file states; nothing if they
 * agree. While a cluster is upgraded node by node, the version is that of the node that was asked.
 *
 * @param running version as Proxmox writes it, e.g. `9.0.3`
 * @param migrate command that follows the upgrade in the state
 */
export function versionNote(declared: 8 | 9, running: string, migrate: string): string | undefined {
  const major = Number(running.split(".")[0]);
  if (!(major >= 8) || Math.min(major, 9) === declared) return undefined;
  const both = `the cluster runs Proxmox VE ${running}, the stack file says pveVersion ${declared}`;
  if (declared === 8) {
    return `${both}; when its last node is upgraded, Proxmox turns the HA groups into rules, and refresh, up and destroy fail on them: run \`${migrate}\`, then set pveVersion: ${major}`;
  }
  return `${both}, which places guests with rules; this version knows groups only: upgrade it, or set pveVersion: ${major}`;
}

/** Version of pve-ha-manager that is taken where none is stated. */
export function haManagerDefault(pveVersion: 8 | 9): string {
  return pveVersion === 9 ? "5.2.0" : "4.0.7";
}

/** Whether a version is the other one or later; both as `5.1.2`. */
export function isAtLeast(version: string, other: string): boolean {
  const parts = (text: string) => text.split(".").map(Number);
  const [have, want] = [parts(version), parts(other)];
  const different = want.findIndex((part, index) => part !== have[index]);
  return different < 0 || (have[different] ?? 0) > (want[different] ?? 0);
}

/** First version of pve-ha-manager that counts running guests outside HA (its changelog). */
export const COUNTS_OUTSIDE_HA = "5.1.2";

/** First version of pve-ha-manager with the scheduler `dynamic` (its changelog). */
export const HAS_DYNAMIC = "5.2.0";
