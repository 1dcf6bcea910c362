import type { World } from "../world";
import { crmRound } from "./ha-manager";

/** Units that a Proxmox node has, or its quorum device. */
const units = [
  "pve-ha-crm",
  "pve-ha-lrm",
  "corosync",
  "corosync-qdevice",
  "corosync-qnetd",
  "pveproxy",
  "watchdog-mux",
];

type Run = (world: World, args: readonly string[]) => string | undefined;

/** A command that only reads, and takes these arguments. */
const reads =
  (pattern: RegExp): Run =>
  (_, args) =>
    pattern.test(args.join(" ")) ? "" : undefined;

/**
 * Commands of a node that are not the API's: whether they are written as they have to be; most change
 * nothing that is simulated.
 */
const programs: Readonly<Record<string, Run>> = {
  systemctl: (_, [verb = "", unit = "", ...more]) =>
    ["status", "restart", "start", "is-active"].includes(verb) &&
    units.includes(unit) &&
    more.length === 0
      ? ""
      : undefined,
  journalctl: reads(/^(-b -?\d+ ?|-n \d+ ?|-u [\w-]+ ?|-k ?)+$/),
  // pve-cluster, CLI/pvecm.pm: the address is no option.
  pvecm: reads(/^(status|nodes|expected \d+|qdevice setup [\d.]+|qdevice remove)$/),
  ceph: reads(/^(-s|health detail|osd tree)$/),
  "corosync-cfgtool": reads(/^-s$/),
  smartctl: reads(/^-a \/dev\/[\w-]+$/),
  modprobe: reads(/^softdog$/),
  grep: reads(/^\. \/sys\/devices\/system\/edac\/mc\/mc\*\/\*_count$/),
  "ssh-keyscan": reads(/^-t ed25519 [\w.-]+$/),
  // The HA manager has gone round once more.
  sleep(world, [seconds = "", ...more]) {
    if (!/^\d+$/.test(seconds) || more.length > 0) return undefined;
    if (Number(seconds) >= 20) world.change((state) => crmRound(state.proxmox));
    return "";
  },
};

/** Runs a command that is none of the API's; nothing for one that is not known. */
export function runOnHost(world: World, [program = "", ...args]: readonly string[]) {
  const run = programs[program];
  if (run === undefined) return undefined;
  const output = run(world, args);
  if (output === undefined) throw new Error(`${program} ${args.join(" ")}: wrong arguments`);
  return output;
}
