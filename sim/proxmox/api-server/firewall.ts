import type { ApiWorld } from "./world";
import { kindOf, Refusal } from "./world";

// pve-manager, PVE/API2/Firewall, and pve-firewall, PVE/Firewall.pm.

/** What was set, and nothing of what is the default. */
export function clusterFirewall({ site }: ApiWorld) {
  const { enable } = site.firewall ?? {};
  return { ...(enable !== undefined && { enable }), digest: "0000" };
}

export function guestFirewall(world: ApiWorld, parts: string[]) {
  return { ...firewallOf(world, parts).options, digest: "0000" };
}

export function ipSets(world: ApiWorld, parts: string[]) {
  const { sets = {} } = firewallOf(world, parts);
  return Object.keys(sets).map((name) => ({ name, digest: "0000" }));
}

export function ipSet(world: ApiWorld, [node = "", kind = "", vmid = "", name = ""]: string[]) {
  const entries = firewallOf(world, [node, kind, vmid]).sets?.[name];
  if (entries === undefined) throw new Refusal(500, `no such ipset '${name}'`);
  return entries.map((entry) => ({ ...entry, digest: "0000" }));
}

export function firewallRules(world: ApiWorld, parts: string[]) {
  const { rules = [] } = firewallOf(world, parts);
  return rules.map((rule, pos) => ({ ...rule, pos, digest: "0000" }));
}

/** Its file is there for every guest and on every node, even if there is no such guest. */
function firewallOf({ pve, site }: ApiWorld, [, kind = "", vmid = ""]: string[]) {
  const guest = pve.guests[vmid];
  return (guest && kindOf(guest) === kind && site.firewall?.guests?.[vmid]) || {};
}
