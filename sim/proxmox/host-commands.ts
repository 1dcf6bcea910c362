import { isIP } from "node:net";
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
 * pve-cluster, CLI/pvecm.pm: the address of a quorum device is no option, and an odd number of nodes
 * takes one only with `--force`. Whether there is a device already is not simulated.
 */
function pvecm(world: World, args: readonly string[]): string | undefined {
  const line = args.join(" ");
  const setup = /^qdevice setup (\S+)((?: --(?:force(?: 1)?|network \S+))*)$/.exec(line);
  if (!setup)
    return /^(delnode|add) [A-Za-z0-9.:-]+$/.test(line) ||
      /^(status|nodes|expected [1-9]\d*|qdevice remove)$/.test(line)
      ? ""
      : undefined;
  const [, address = "", options = ""] = setup;
  if (isIP(address) === 0) return undefined;
  if (world.state.proxmox.nodes.length % 2 === 1 && !options.includes("--force")) {
    throw new Error("Clusters with an odd node count are not officially supported!");
  }
  return "";
}

/**
 * Commands of a node that are not the API's: whether they are written as they have to be; most change
 * nothing that is simulated.
 */
const programs: Readonly<Record<string, Run>> = {
  systemctl: (_, [verb = "", unit = "", ...more]) =>
    (verb === "reboot" && unit === "") ||
    (["status", "restart", "start", "is-active"].includes(verb) &&
      units.includes(unit) &&
      more.length === 0)
      ? ""
      : undefined,
  zpool: reads(/^status -x$/),
  journalctl: reads(/^(-b -?\d+ ?|-n \d+ ?|-u [\w-]+ ?|-k ?)+$/),
  pvecm,
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
