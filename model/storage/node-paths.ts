/** Something of its node that a guest uses. */
export interface NodeThing {
  kind: "pci" | "usb" | "device" | "bind";
  /** Its id or path. */
  device: string;
}

// Where Proxmox mounts its storages, its cluster file system, and what kernel and distribution give.
const everywhere = [
  /^\/mnt\/pve\/[^/]/,
  /^\/(proc|sys|run|var\/run|dev\/shm|etc\/pve|lib\/modules|usr\/lib\/modules|usr\/share)(\/|$)/,
  /^\/etc\/(localtime|timezone|hosts|resolv\.conf|nsswitch\.conf)$/,
  /^\/dev\/(net\/tun|fuse|cuse|kvm|null|zero|full|u?random|tty|ptmx|kmsg|ppp|uinput|uhid|loop-control|loop\d+|vhost-(net|vsock)|mapper\/control)$/,
];

/** Whether every node has a path by itself, so that it holds no guest on one. */
export function isOnEveryNode(path: string): boolean {
  return everywhere.some((pattern) => pattern.test(path));
}

/**
 * What of its node a virtual machine uses by arguments that go to QEMU as they are (`args:`): devices
 * of vfio-pci and usb-host, and paths of devices, folders and files.
 */
export function nodeThingsIn(args: string): NodeThing[] {
  const devices = args.split(/\s+/).flatMap((word): NodeThing[] => {
    const [driver, ...rest] = word.split(",");
    const fields = new Map(
      rest.map((field) => field.split("=", 2) as [string, string | undefined]),
    );
    const of = (...names: string[]) => names.flatMap((name) => fields.get(name) ?? []).join(":");
    if (driver === "vfio-pci") return [{ kind: "pci", device: of("host") || of("sysfsdev") }];
    if (driver !== "usb-host") return [];
    return [{ kind: "usb", device: of("vendorid", "productid") || of("hostbus", "hostport") }];
  });
  const paths = [...args.matchAll(/(?:^|[\s=])(\/[^\s,]+)/g)]
    .map(([, path = ""]) => path)
    .filter((path) => !isOnEveryNode(path));
  return [
    ...devices,
    ...[...new Set(paths)].map(
      (device): NodeThing => ({ kind: device.startsWith("/dev/") ? "device" : "bind", device }),
    ),
  ];
}
