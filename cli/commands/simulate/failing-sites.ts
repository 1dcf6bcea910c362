import { hint } from "../../../config/file/nearest";
import { listed } from "../../../model/text";
import { UsageError } from "../../lib/usage";

/**
 * What fails in each site. A name has its site before it (`home/pve1`), or stands behind one that has;
 * the name of a site alone is all of it.
 */
export function failingBySite(fail: readonly string[], sites: readonly string[]) {
  const lost: string[] = [];
  const within = new Map<string, string[]>();
  let site: string | undefined;
  for (const part of fail.join(",").split(",")) {
    const text = part.trim();
    if (sites.includes(text)) {
      lost.push(text);
      site = undefined;
      continue;
    }
    const [, own, name = text] = /^([^/]*)\/(.*)$/.exec(text) ?? [];
    if (own !== undefined && !sites.includes(own)) {
      throw new UsageError(`there is no site "${own}"; ${hint(own, sites)}`);
    }
    site = own ?? site;
    if (site === undefined) {
      throw new UsageError(
        `found "${text}" in --fail, and nothing says of which site it is; write e.g. ${sites[0]}/${text}, or ${sites[0]} alone for the whole site (sites: ${listed(sites, 12)})`,
      );
    }
    within.set(site, [...(within.get(site) ?? []), name]);
  }
  const both = lost.find((name) => within.has(name));
  if (both !== undefined) {
    throw new UsageError(
      `found the whole site ${both} in --fail, and ${both}/${within.get(both)?.[0]}, which goes with it; leave one of them out`,
    );
  }
  return { lost: [...new Set(lost)], within };
}
