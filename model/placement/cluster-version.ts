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
