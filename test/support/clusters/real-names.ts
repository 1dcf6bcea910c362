import fc from "fast-check";
import { GUEST_NAME, NODE_NAME, STORAGE_ID } from "../../../model/names";
import { stackData } from "./stacks";

/** The sample with its node, storage and guest names replaced, wherever they stand. */
export function renamed(names: Record<string, string>): Record<string, unknown> {
  const walk = (value: unknown): unknown => {
    if (typeof value === "string") return Object.hasOwn(names, value) ? names[value] : value;
    if (Array.isArray(value)) return value.map(walk);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, entry]) => [names[key] ?? key, walk(entry)]),
    );
  };
  return walk(stackData("two-nodes")) as Record<string, unknown>;
}

const distinct = (allowed: RegExp, source: RegExp, count: number) =>
  fc.uniqueArray(
    fc.stringMatching(source).filter((text) => allowed.test(text)),
    { minLength: count, maxLength: count, selector: (text) => text.toLowerCase() },
  );

// Words of the file itself would be replaced as keys of it; those of JavaScript are refused.
const words = /^(vip|cidr|kind|node|name|host|members?|type|dns|pi|lan)$/i;
const usable = (names: string[]) => names.every((name) => !words.test(name) && !(name in {}));

/** Names for the sample's nodes, storages and three of its guests, out of all that Proxmox allows. */
export const realNames = fc
  .tuple(
    distinct(NODE_NAME, /^[A-Za-z0-9-]{1,12}$/, 2),
    distinct(STORAGE_ID, /^[A-Za-z][A-Za-z0-9._-]{1,12}$/, 2),
    distinct(GUEST_NAME, /^[A-Za-z0-9.-]{1,12}$/, 3),
  )
  .filter(([nodes, storages, guests]) => {
    const taken = new Set(nodes.map((name) => name.toLowerCase()));
    const apart = guests.every((name) => !taken.has(name.toLowerCase()));
    return apart && usable([...nodes, ...storages, ...guests]);
  })
  .map(([[pve1 = "", pve2 = ""], [disks = "", nas = ""], [one = "", two = "", three = ""]]) => ({
    ...{ pve1, pve2, "local-zfs": disks, nas },
    ...{ "traefik-1": one, "traefik-2": two, "home-assistant": three },
  }));
