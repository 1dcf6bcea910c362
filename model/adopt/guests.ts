import type { GuestConfigSnapshot, GuestSnapshot } from "../cluster-snapshot";
import { GUEST_NAME } from "../names";
import { type AdoptedStorage, bindingStorage } from "./cluster";
import { keptName } from "./names";
import type { LeftOut, Reasons, Section, Source } from "./types";

/** Why a guest has no place in a stack file at all. */
function obstacle({ template, config }: GuestSnapshot): string | undefined {
  if (template) return "it is a template";
  if (config && config.disks.length === 0) {
    return "it has no disk on a storage, and the stack file must name one";
  }
  return undefined;
}

/** Names of the guests that the stack file gets, by HA id; what stays out is told. */
export function guestNames(
  guests: readonly GuestSnapshot[],
  left: LeftOut[],
): ReadonlyMap<string, string> {
  const taken = new Set<string>();
  return new Map(
    guests.flatMap((guest) => {
      const why = obstacle(guest);
      if (why === undefined)
        return [[guest.sid, keptName(guest.name, GUEST_NAME, taken, guest.vmid)] as const];
      left.push({ what: `guest ${guest.sid} (${guest.name})`, why });
      return [];
    }),
  );
}

/** Every guest as one that exists already: nothing of it is managed but HA, replication and backup. */
export function adoptGuests(
  source: Source,
  storages: ReadonlyMap<string, AdoptedStorage>,
  saved: ReadonlySet<string>,
  leave: Reasons,
): Record<string, Section> {
  const addresses = new Set<string>();
  return Object.fromEntries(
    source.cluster.guests.flatMap((guest) => {
      const name = source.names.get(guest.sid);
      const storage = bindingStorage(storages, guest.config?.disks ?? []);
      if (name === undefined || storage === undefined) return [];
      const path = ["guests", name];
      const note = (text: string) => source.notes.push({ path, text });
      if (name !== guest.name) note(`Proxmox calls it ${JSON.stringify(guest.name)}.`);
      const why = leave.get(guest.sid);
      if (why !== undefined) note(`Its HA resource is not taken over, because ${why}.`);
      const gaveUp = source.cluster.ha.status.services.some(
        ({ sid, crmState }) => sid === guest.sid && crmState === "error",
      );
      if (gaveUp)
        note("HA gave up on it (state error): until that is mended, nothing restarts it.");
      const address = addressOf(guest.config);
      const free = address !== undefined && !addresses.has(address);
      if (address !== undefined && !free) note(`address: ${address} is another guest's already.`);
      if (free) addresses.add(address);
      const text = startupNote(guest.config);
      if (text !== undefined) source.notes.push({ path, text, inside: true });
      const section = {
        vmid: guest.vmid,
        type: guest.type,
        purpose: "not stated yet",
        node: guest.node,
        ...(free && { address }),
        storage: storage.name,
        ...sizes(guest),
        ...bound(guest.config, note),
        ...(!saved.has(guest.sid) && { backup: false }),
      };
      return [[name, section] as const];
    }),
  );
}

/** The fixed IPv4 address of its first card that has one. */
function addressOf(config: GuestConfigSnapshot | undefined): string | undefined {
  for (const { ip } of config?.networks ?? []) {
    const address = /^(\d+\.\d+\.\d+\.\d+)(\/\d+)?$/.exec(ip ?? "")?.[1];
    if (address !== undefined) return address;
  }
  return undefined;
}

/** In the stack file an order is a command over SSH, and that cannot be imported. */
function startupNote(config: GuestConfigSnapshot | undefined): string | undefined {
  const { order, upSec } = config?.startup ?? {};
  if (order === undefined || order < 1) return undefined;
  const up = upSec === undefined ? "" : `, upSec: ${upSec}`;
  return `startup: { order: ${order}${up} }`;
}

function sizes({ memoryBytes, cores, config }: GuestSnapshot): Section {
  const bytes = (config?.disks ?? []).reduce((sum, { sizeBytes = 0 }) => sum + sizeBytes, 0);
  return {
    ...(bytes > 0 && { diskGb: Math.max(1, Math.round(bytes / 2 ** 30)) }),
    ...(memoryBytes !== undefined &&
      memoryBytes > 0 && { memoryMb: Math.max(1, Math.round(memoryBytes / 2 ** 20)) }),
    ...(cores !== undefined && cores > 0 && { cores }),
  };
}

/** What ties it to its node. */
function bound(config: GuestConfigSnapshot | undefined, note: (text: string) => void): Section {
  const all = config?.passthrough ?? [];
  // A mapping that names several nodes holds it on none; where HA may start it is judged elsewhere.
  const mapped = ({ nodes = [] }: (typeof all)[number]) => nodes.length > 1;
  for (const { key, device, nodes = [] } of all.filter(mapped)) {
    note(`${key}: the mapping ${device} names ${nodes.join(", ")}.`);
  }
  const uses = all.filter((use) => !mapped(use));
  // A disk of the node and a folder of it are no devices that the stack file has a word for.
  const pins = ({ kind, device }: (typeof all)[number]) =>
    kind === "bind" || (kind === "device" && disk.test(device));
  const devices = uses
    .filter((use) => !pins(use))
    .flatMap(({ kind, device }) =>
      kind === "bind" ? [] : [{ kind: deviceKind(kind, device), device }],
    );
  const folders = uses.filter(pins).map(({ device }) => device);
  return {
    ...(devices.length > 0 && { passthrough: devices }),
    ...(folders.length > 0 && { pinned: `uses ${folders.join(", ")} of its node` }),
  };
}

const disk = /^\/dev\/(disk\/|sd|nvme|vd|zvol\/|mapper\/|md|bcache)/;

function deviceKind(kind: "pci" | "usb" | "device", device: string): "gpu" | "usb" | "pci" {
  if (kind !== "device") return kind;
  if (/\/dri\b|nvidia|kfd/.test(device)) return "gpu";
  return /tty|bus\/usb/.test(device) ? "usb" : "pci";
}
