import { resolve } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { hint } from "../../../config/file/nearest";
import type { StackConfig } from "../../../config/stack";
import {
  planRehearsal,
  type RehearsalPlan,
  type RehearsalStep,
} from "../../../model/backup/rehearsal";
import { foreign } from "../../../model/foreign-text";
import { errorText } from "../../../model/text";
import { archivesOf } from "../../../sim/proxmox/guest-backups/writes";
import { runOnNode } from "../../../sim/proxmox/node-commands";
import type { World } from "../../../sim/world";
import type { SiteFlags } from "../../lib/options";
import { isStopped } from "../../lib/process";
import { keptWorld } from "../../lib/simulated-cluster";
import { Failure, hasMistakes, PreconditionError, UsageError } from "../../lib/usage";
import { checkStack } from "../../run/check";
import { withFolderLocked } from "../../run/folder-lock";
import { rehearsalDir } from "../../run/workplace";

/** What the options of `homelab rehearse-restore` say. */
export interface RehearseFlags extends SiteFlags {
  /** Name of the guest in the stack file. */
  guest: string;
  /** VMID of the copy. @default the first that no guest of the stack has, from 9000 */
  copy?: number;
  simulated?: boolean;
  stateDir?: string;
}

/** Stands for the newest backup, which `pvesm list` names. */
const NEWEST = "BACKUP";

const FIRST_COPY = 9000;

/** What stays the same whether it is printed or run. */
interface Wanted {
  name: string;
  node: string;
  guest: { vmid: number; type: "ct" | "vm" };
  copy: number;
  /** Storage of the guest's disks. */
  storage: string;
  /** Storage of the backups. */
  backups: string;
}

/**
 * Plans how the backup of a guest is tried, and runs that on the simulated platform. The original is never
 * touched; the copy is removed whatever happens.
 *
 * @returns lines for people
 */
export async function rehearseRestore(flags: RehearseFlags): Promise<string[]> {
  const { chosen, config, file } = checkStack(flags);
  if (!config) throw hasMistakes(chosen.file);
  const wanted = wantedOf(config, flags);
  if (!flags.simulated) return printed(wanted);
  const folder =
    flags.stateDir === undefined ? rehearsalDir(chosen.stack) : resolve(flags.stateDir);
  return withFolderLocked(folder, flags.stateDir ?? folder, () =>
    runSimulated(
      wanted,
      keptWorld(folder, {
        config,
        ...(file.endpoint !== undefined && { endpoint: file.endpoint }),
      }),
    ),
  );
}

function wantedOf(config: StackConfig, { guest: name, copy: named }: RehearseFlags): Wanted {
  const guest = config.guests[name];
  if (!guest) {
    throw new UsageError(`there is no guest "${name}"; ${hint(name, Object.keys(config.guests))}`);
  }
  const taken = new Map(Object.entries(config.guests).map(([one, { vmid }]) => [vmid, one]));
  let copy = named ?? FIRST_COPY;
  while (named === undefined && taken.has(copy)) copy += 1;
  const other = taken.get(copy);
  if (other !== undefined) {
    throw new PreconditionError(
      `--copy: found ${copy}, the VMID of ${other}; use one that nobody has, e.g. ${FIRST_COPY}`,
    );
  }
  const { vmid, type, node, storage } = guest;
  const backups = config.cluster.backup?.storage ?? "backup";
  return { name, node, guest: { vmid, type }, copy, storage, backups };
}

const planOf = ({ guest, copy, storage }: Wanted, archive: string): RehearsalPlan =>
  planRehearsal({ guest, archive, copy, storage });

function printed(wanted: Wanted): string[] {
  const { steps, cleanup } = planOf(wanted, NEWEST);
  const { vmid } = wanted.guest;
  const text = ({ why, command }: RehearsalStep) => [`# ${why}`, command.join(" ")];
  return [
    `# as root on ${wanted.node}; the original, ${wanted.name} (${vmid}), is not touched`,
    "# the newest of these stands for BACKUP below",
    `pvesm list ${wanted.backups} --vmid ${vmid}`,
    ...steps.flatMap(text),
    "# once there is a copy, also when a later step failed",
    ...cleanup.flatMap(text),
  ];
}

async function runSimulated(wanted: Wanted, world: World): Promise<string[]> {
  const { name, guest, backups } = wanted;
  const newest = () =>
    Object.entries(archivesOf(world.state.proxmox))
      .filter(([, { vmid }]) => vmid === guest.vmid)
      .map(([volume]) => volume)
      .sort()
      .at(-1);
  const lines: string[] = [];
  if (newest() === undefined) {
    runOnNode(world, ["vzdump", `${guest.vmid}`, "--storage", backups, "--mode", "snapshot"]);
    lines.push(`${name} had no backup on the simulated platform; one was made`);
  }
  const archive = newest();
  if (archive === undefined) throw new Failure(`${name} has no backup`);
  const { steps, cleanup, madeAfter } = planOf(wanted, archive);
  let done = 0;
  try {
    for (const { why, command } of steps) {
      // So that Ctrl-C is heard between two steps.
      await turn();
      if (isStopped()) throw new Failure(`stopped before "${why}"`);
      run(world, { why, command });
      done += 1;
      lines.push(`${why}: ${command.join(" ")}`);
    }
  } finally {
    if (done >= madeAfter) for (const step of cleanup) tidy(world, step, done === steps.length);
  }
  lines.push(...cleanup.map(({ why, command }) => `${why}: ${command.join(" ")}`));
  lines.push(`the backup of ${name} (${archive}) starts; the copy is gone`);
  return lines;
}

function run(world: World, { why, command }: RehearsalStep): void {
  try {
    runOnNode(world, command);
  } catch (error) {
    throw new Failure(`${command.join(" ")} (${why}): ${foreign(errorText(error))}`);
  }
}

/** After a failure the copy may be half there or not at all; what matters is that it is gone. */
function tidy(world: World, step: RehearsalStep, whole: boolean): void {
  if (whole) {
    run(world, step);
    return;
  }
  try {
    runOnNode(world, step.command);
  } catch {
    // Nothing to stop or to remove.
  }
}
