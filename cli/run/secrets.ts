import { createHash } from "node:crypto";
import type { FileSite } from "../../config/file/parse-file";
import type { StackFile } from "../../config/file/stack-file";
import type { StackSecrets } from "../../config/secret-problems";
import { SITES } from "../../config/sites/site-schema";
import { listed } from "../../model/text";

/** Secrets that stand in where no real one may be read: previews and rehearsals run without any key. */
export interface Placeholders extends Pick<StackSecrets, "statsPasswords" | "sites"> {
  /** The sentence that owns up to it, where something was made up. */
  note?: string;
}

/**
 * Makes up the secrets that the program demands. The same every time, so that a second rehearsal
 * does not see a changed password; they never leave the simulated platforms.
 */
export function placeholders(sites: readonly FileSite[], file: StackFile): Placeholders {
  const made: Placeholders = { statsPasswords: {}, sites: {} };
  const missing: string[] = [];
  for (const { name: site, stack } of sites) {
    const place = site === undefined ? [] : [SITES, site];
    const statsPasswords: Record<string, string> = {};
    for (const name of Object.keys(stack.apiLoadBalancers).sort()) {
      const path = ["statsPasswords", ...(site === undefined ? [] : [site]), name];
      statsPasswords[name] = sum(`placeholder ${path.join(" ")}`);
      if (file.hasSecret([...place, "statsPasswords", name])) continue;
      missing.push(`a password for the statistics page of ${[...place.slice(1), name].join(".")}`);
    }
    if (site === undefined) made.statsPasswords = statsPasswords;
    else made.sites[site] = { statsPasswords, proxmoxToken: madeToken(site) };
    if (site !== undefined && !file.hasSecret([...place, "proxmoxToken"])) {
      missing.push(`a Proxmox token of the site ${site}`);
    }
  }
  if (missing.length === 0) return made;
  const note = `generated ${listed(missing, 12)}: the stack file sets none, and a real \`pulumi preview\` will require it`;
  return { ...made, note };
}

const sum = (text: string) => createHash("sha256").update(text).digest("hex");

/** A token as Proxmox writes one. */
function madeToken(site: string): string {
  const digits = sum(`placeholder proxmoxToken ${site}`);
  const uuid = digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, "$1-$2-$3-$4-$5");
  return `placeholder@pve!homelab=${uuid}`;
}
