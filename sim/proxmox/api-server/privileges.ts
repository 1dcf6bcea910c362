import type { Site } from "./site";
import { auditor, Refusal } from "./world";

/**
 * What a call needs, and where; none of several is enough. Lists that are not named here come without
 * what the token may not see (the `permissions` of each method in pve-manager and pve-ha-manager, PVE/API2).
 */
const needs: readonly (readonly [RegExp, (parts: string[]) => string, string[]])[] = [
  [
    /^\/cluster\/(status|firewall\/options|ha\/.+|backup|backup-info\/.+|config\/.+)$/,
    () => "/",
    ["Sys.Audit"],
  ],
  [/^\/cluster\/ceph\/status$/, () => "/", ["Sys.Audit", "Datastore.Audit"]],
  [/^\/nodes\/([^/]+)\/(?:status|tasks|time)$/, ([node]) => `/nodes/${node}`, ["Sys.Audit"]],
  [/^\/nodes\/([^/]+)\/journal$/, ([node]) => `/nodes/${node}`, ["Sys.Syslog"]],
  [
    /^\/nodes\/[^/]+\/(?:lxc|qemu)\/(\d+)\/(?:config|firewall\/.+)$/,
    ([vmid]) => `/vms/${vmid}`,
    ["VM.Audit"],
  ],
];

/** Refuses a call in Proxmox's words (pve-access-control, RPCEnvironment.pm `check`). */
export function assertMayRead(site: Site, path: string): void {
  for (const [pattern, where, privileges] of needs) {
    const found = pattern.exec(path);
    if (!found) continue;
    const place = where(found.slice(1));
    if (privileges.some((privilege) => maySee(site, place, privilege))) return;
    throw new Refusal(403, `Permission check failed (${place}, ${privileges.join("|")})`);
  }
}

/**
 * Whether the token has a privilege on a path: by the nearest path above for which something is
 * stated, if that reaches below (pve-access-control, AccessControl.pm `roles`).
 */
export function maySee(site: Site, path: string, privilege: string): boolean {
  const held: NonNullable<Site["permissions"]> = site.permissions ?? { "/": auditor };
  for (let at = path; ; at = at.slice(0, at.lastIndexOf("/")) || "/") {
    const stated = held[at];
    if (stated) return at === path ? privilege in stated : stated[privilege] === 1;
    if (at === "/") return false;
  }
}
