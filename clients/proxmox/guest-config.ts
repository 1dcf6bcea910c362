import type {
  GuestConfigSnapshot,
  GuestDiskSnapshot,
  GuestNetwork,
} from "../../model/cluster-snapshot";
import { isOnEveryNode, nodeThingsIn } from "../../model/storage/node-paths";

/**
 * Reads the configuration of a container or virtual machine as the API gives it.
 *
 * @param values keys of `/nodes/{node}/{lxc,qemu}/{vmid}/config`; lists are kept as JSON
 * @param mappings nodes of each resource mapping, by `pci/<id>`, `usb/<id>` and `dir/<id>`
 */
export function guestConfig(
  values: Readonly<Record<string, unknown>>,
  mappings: Mappings = new Map(),
): GuestConfigSnapshot {
  const raw = Object.fromEntries(
    Object.entries(values)
      .filter(([key]) => key !== "digest")
      .map(([key, value]) => [key, typeof value === "object" ? JSON.stringify(value) : `${value}`]),
  );
  const startup = startupOf(raw.startup);
  return {
    raw,
    onboot: raw.onboot === "1" || raw.onboot === "true",
    ...(startup && { startup }),
    disks: Object.entries(raw).flatMap(([key, value]) => diskOf(key, value) ?? []),
    networks: Object.entries(raw).flatMap(([key, value]) => networkOf(key, value, raw) ?? []),
    passthrough: [
      ...Object.entries(raw).flatMap(([key, value]) => passthroughOf(key, value, mappings) ?? []),
      ...nodeThingsIn(raw.args ?? "").map((thing) => ({ key: "args", ...thing })),
      ...mountEntries(values.lxc),
    ],
  };
}

/** Nodes that a resource mapping names, by its kind and id. */
export type Mappings = ReadonlyMap<string, readonly string[]>;

/** A property string: `local-zfs:vm-1-disk-0,size=8G`; what has no name is under `""`. */
export function properties(value: string): Record<string, string> {
  return Object.fromEntries(
    value.split(",").map((part) => {
      const at = part.indexOf("=");
      return at < 0 ? ["", part] : [part.slice(0, at), part.slice(at + 1)];
    }),
  );
}

const diskKey = /^(rootfs|mp\d+|(scsi|sata|virtio|ide)\d+|efidisk0|tpmstate0)$/;

function diskOf(key: string, value: string): GuestDiskSnapshot | undefined {
  if (!diskKey.test(key)) return undefined;
  const fields = properties(value);
  const place = fields.volume ?? fields.file ?? fields[""] ?? "";
  // A CD drive is no disk, and a path of the node is no volume: see `passthroughOf`.
  if (fields.media === "cdrom" || place.startsWith("/") || !place.includes(":")) return undefined;
  const [storage = "", ...rest] = place.split(":");
  const sizeBytes = bytesOf(fields.size);
  const off = (name: string) => fields[name] === "0" || fields[name] === "no";
  return {
    key,
    storage,
    volume: rest.join(":"),
    ...(sizeBytes !== undefined && { sizeBytes }),
    replicate: !off("replicate"),
    // Mount points of containers are left out of a backup unless they say otherwise (pct(1)).
    backup: /^mp\d+$/.test(key) ? fields.backup === "1" : !off("backup"),
  };
}

const units: Record<string, number> = { "": 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30, T: 2 ** 40 };

/** Bytes of a size such as `8G` or `528K`. */
export function bytesOf(size: string | undefined): number | undefined {
  const [, count, unit = ""] = /^(\d+(?:\.\d+)?)([KMGT]?)$/.exec(size ?? "") ?? [];
  return count === undefined ? undefined : Math.round(Number(count) * (units[unit] ?? 1));
}

function networkOf(
  key: string,
  value: string,
  raw: Readonly<Record<string, string>>,
): GuestNetwork | undefined {
  const index = /^net(\d+)$/.exec(key)?.[1];
  if (index === undefined) return undefined;
  const fields = properties(value);
  // A virtual machine has its address in `ipconfigN` (cloud-init), its MAC under the card's model.
  const cloud = properties(raw[`ipconfig${index}`] ?? "");
  const model = Object.entries(fields).find(([, field]) =>
    /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/i.test(field),
  );
  const ip = fields.ip ?? cloud.ip;
  const gateway = fields.gw ?? cloud.gw;
  return {
    key,
    ...(fields.bridge !== undefined && { bridge: fields.bridge }),
    ...(model !== undefined && { mac: model[1] }),
    ...(ip !== undefined && { ip }),
    ...(gateway !== undefined && { gateway }),
  };
}

/** Raw lines of LXC's own configuration, as pairs: what is mounted without `optional` must be there. */
function mountEntries(lines: unknown): GuestConfigSnapshot["passthrough"] {
  if (!Array.isArray(lines)) return [];
  return lines.flatMap((line): GuestConfigSnapshot["passthrough"] => {
    const [key, value] = Array.isArray(line) ? line.map(String) : [];
    const [source = "", , , options = ""] = (value ?? "").trim().split(/\s+/);
    if (key !== "lxc.mount.entry" || !source.startsWith("/")) return [];
    if (options.split(",").includes("optional") || isOnEveryNode(source)) return [];
    return [{ key, kind: source.startsWith("/dev/") ? "device" : "bind", device: source }];
  });
}

function passthroughOf(
  key: string,
  value: string,
  mappings: Mappings,
): GuestConfigSnapshot["passthrough"][number] | undefined {
  const fields = properties(value);
  const first = fields.mapping ?? fields.host ?? fields.path ?? fields[""] ?? value;
  const mapped = (kind: string, id: string | undefined) => {
    const nodes = id === undefined ? undefined : mappings.get(`${kind}/${id}`);
    return nodes && { nodes: [...nodes] };
  };
  if (/^hostpci\d+$/.test(key)) {
    return { key, kind: "pci", device: first, ...mapped("pci", fields.mapping) };
  }
  // SPICE redirects a device of whoever looks at the screen: nothing of the node.
  if (/^usb\d+$/.test(key))
    return first === "spice"
      ? undefined
      : { key, kind: "usb", device: first, ...mapped("usb", fields.mapping) };
  if (/^dev\d+$/.test(key)) {
    return isOnEveryNode(first) ? undefined : { key, kind: "device", device: first };
  }
  if (/^(serial|parallel)\d+$/.test(key) && value.startsWith("/dev/")) {
    return { key, kind: "device", device: value };
  }
  if (/^virtiofs\d+$/.test(key)) {
    const device = fields.dirid ?? first;
    return { key, kind: "bind", device, ...mapped("dir", device) };
  }
  // A disk of the node itself, given to a virtual machine whole.
  if (/^(scsi|sata|virtio|ide)\d+$/.test(key) && first.startsWith("/")) {
    return { key, kind: "device", device: first };
  }
  // `shared=1` says that every node has the same folder there.
  const folder = fields.volume ?? fields[""] ?? "";
  if (/^(mp\d+|rootfs)$/.test(key) && folder.startsWith("/")) {
    return fields.shared === "1" || isOnEveryNode(folder)
      ? undefined
      : { key, kind: "bind", device: folder };
  }
  return undefined;
}

function startupOf(value: string | undefined): GuestConfigSnapshot["startup"] {
  if (value === undefined) return undefined;
  const fields = properties(value);
  const seconds = (name: string) => (fields[name] === undefined ? undefined : Number(fields[name]));
  // `3` by itself means `order=3` (pve-guest-common, GuestHelpers).
  const order = seconds("order") ?? seconds("");
  const upSec = seconds("up");
  const downSec = seconds("down");
  return {
    ...(order !== undefined && { order }),
    ...(upSec !== undefined && { upSec }),
    ...(downSec !== undefined && { downSec }),
  };
}
