import type { Problem } from "../model";
import { known, type Props, record } from "../props";
import type { ProxmoxState } from "../world";

/** What Proxmox says of groups on a migrated cluster. */
export const migrated = "ha groups have been migrated to rules";

/**
 * Groups count as migrated as soon as none is configured (pve-ha-manager, Config.pm
 * `have_groups_been_migrated`); before version 5 of that package, PVE 8, there are only groups.
 */
export function groupsMigrated(pve: ProxmoxState): boolean {
  return pve.pveVersion >= 9 && Object.keys(pve.haGroups).length === 0;
}

/** Names and priorities as the provider checks them (bpg, resource_hagroup.go and resource_harule.go). */
export function named(inputs: Props, key: string): Problem[] {
  const value = inputs[key];
  if (!known(value) || /^[a-zA-Z][a-zA-Z0-9\-_.]*[a-zA-Z0-9]$/.test(String(value))) return [];
  const reason =
    "must start with a letter, end with a letter or number, be composed of letters, numbers, '-', '_' and '.', and must be at least 2 characters long";
  return [{ property: key, reason }];
}

/** A whole number from 0 to `max`, where one is given. */
export function between(value: unknown, property: string, max: number): Problem[] {
  if (value === undefined || value === null || !known(value)) return [];
  const number = Number(value);
  if (Number.isInteger(number) && number >= 0 && number <= max) return [];
  return [{ property, reason: `value must be between 0 and ${max}, got: ${String(value)}` }];
}

/** Node priorities as a group or rule lists them. */
export function priorities(inputs: Props): Problem[] {
  return Object.entries(record(inputs, "nodes")).flatMap(([node, priority]) =>
    between(priority, `nodes.${node}`, 1000),
  );
}
