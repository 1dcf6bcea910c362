import { hostKeyMistake } from "../../../model/host/host-key";
import { backupKey } from "../../lib/backup/key";
import { isNamed } from "../../lib/backup/targets";
import { type Access, openStackFile, unknown } from "../../lib/members";
import { terminal } from "../../lib/terminal/terminal";
import { UsageError } from "../../lib/usage";
import { openBackups } from "../backup/run";
import { restore } from "./run";

/** What the options of `homelab restore` say. */
export interface RestoreFlags extends Access {
  member: string;
  from?: string;
  hostKey?: string;
  /** File with the age identity. @default the stack's secret */
  key?: string;
  overwrite?: boolean;
}

/** Where a command tells what it does. */
interface Telling {
  progress(line: string): void;
  print(line: string): void;
}

/** Restores the member that was named. */
export async function restoreChosen(flags: RestoreFlags, telling: Telling): Promise<void> {
  const { hostKey } = flags;
  const mistake = hostKey === undefined ? undefined : hostKeyMistake(hostKey);
  if (mistake !== undefined) throw new UsageError(`--host-key: ${mistake}`);
  const stack = openStackFile(flags);
  const { folder, targets } = openBackups(stack);
  const [target, second] = targets.filter((one) => isNamed(one, flags.member));
  if (!target) {
    throw unknown(
      "member",
      flags.member,
      targets.map(({ member }) => member.name),
    );
  }
  if (second) {
    throw new UsageError(
      `"${flags.member}" is a member of ${target.pair.place} and of ${second.pair.place}; write e.g. --member ${target.pair.place}.${flags.member}`,
    );
  }
  const [ssh, key] = [await stack.ssh(), await backupKey(stack, flags.key)];
  await restore({
    stack: stack.name,
    target,
    pair: targets.filter(({ pair }) => pair.place === target.pair.place),
    ssh,
    key,
    folder,
    ...(flags.from !== undefined && { from: flags.from }),
    ...(hostKey !== undefined && { hostKey }),
    overwrite: async (what) => flags.overwrite === true || (await typed(what, target.member.name)),
    ...telling,
  });
}

/** Whether a person at a terminal types the member's name; a pipe cannot. */
async function typed(what: string, name: string): Promise<boolean> {
  if (process.stdin.isTTY !== true) return false;
  const ask = terminal();
  return (await ask(`${what}; type its name to overwrite its files`)) === name;
}
