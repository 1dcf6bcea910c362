import { OverrunError } from "../../../clients/deadline";
import { judgeArchive, type RefusedEntry } from "../../../model/backup/archive";
import { foreign } from "../../../model/foreign-text";
import { counted, errorText } from "../../../model/text";
import { dialMember, pull, seal, unseal } from "../../lib/backup/archive";
import { type BackupKey, backupKey } from "../../lib/backup/key";
import { type MemberStore, memberStore, stackFolder } from "../../lib/backup/store";
import { type BackupTarget, backupTargets, isNamed, memberHere } from "../../lib/backup/targets";
import { folderFor } from "../../lib/files";
import { ledger } from "../../lib/ledger";
import {
  type Access,
  type OpenedStack,
  openStackFile,
  reasonOf,
  type SshAccess,
  unknown,
} from "../../lib/members";
import { PreconditionError } from "../../lib/usage";
import { withFolderLocked } from "../../run/folder-lock";
import { writeMetrics } from "./metrics";
import type { BackupReport, MemberBackup, OpenedBackups } from "./types";

/** What is to be backed up. */
export interface BackupOptions extends Access {
  /** The only member. @default all of them */
  member?: string;
  /** File with the age identity. @default the stack's secret */
  key?: string;
  progress(line: string): void;
}

/** The stack's own settings of backups; throws where it has none, or where they would lie on a member. */
export function openBackups(stack: OpenedStack, only?: string): OpenedBackups {
  const { backups } = stack.config;
  if (backups === undefined) {
    throw new PreconditionError(
      "homelab:backups: missing, expected where the backups go; write e.g. homelab:backups: { directory: ~/backups/homelab }",
    );
  }
  const all = backupTargets(stack.resolved, stack.resolved.ssh.user);
  const here = memberHere(all);
  if (here !== undefined) {
    throw new PreconditionError(
      `homelab:backups.directory: this machine is ${here.member.name} of ${here.pair.place} itself, and its backup would be lost with it; run this on another machine`,
    );
  }
  const targets = all.filter((target) => only === undefined || isNamed(target, only));
  if (only !== undefined && targets.length === 0) {
    throw unknown(
      "member",
      only,
      all.map(({ member }) => member.name),
    );
  }
  const { directory, keep } = backups;
  return { folder: stackFolder(directory, stack.name), keep, targets };
}

/** Backs every member up, all at once: one that is down costs the others nothing. */
export async function backUp(options: BackupOptions): Promise<BackupReport> {
  const stack = openStackFile(options);
  const opened = openBackups(stack, options.member);
  const [ssh, key] = [await stack.ssh(), await backupKey(stack, options.key)];
  folderFor(opened.folder, "homelab:backups.directory");
  const members = await withFolderLocked(opened.folder, opened.folder, () =>
    backUpMembers(stack.name, opened, ssh, key),
  );
  const { directory, metrics = directory } = stack.config.backups ?? { directory: "" };
  const unwritten = metricsProblem(() => writeMetrics(metrics, stack.name, opened, members));
  const whole = members.every(
    ({ outcome, leftOut }) => outcome !== "failed" && leftOut.length === 0,
  );
  return {
    stack: stack.name,
    directory: opened.folder,
    ok: whole && unwritten === undefined,
    members,
    ...(unwritten !== undefined && { metrics: unwritten }),
  };
}

/** Why the metrics could not be written; the backups are made all the same, and their account is given. */
function metricsProblem(write: () => void): string | undefined {
  try {
    write();
    return undefined;
  } catch (error) {
    return `its age is in no metrics: ${foreign(errorText(error))}`;
  }
}

/** The same for members that are at hand. */
export function backUpMembers(
  stack: string,
  { folder, keep, targets }: OpenedBackups,
  ssh: SshAccess,
  key: BackupKey,
): Promise<MemberBackup[]> {
  return Promise.all(
    targets.map(async (target) => {
      const { place } = target.pair;
      const { name: member } = target.member;
      try {
        const store = memberStore(folder, target, keep);
        const backup = await backUpMember(stack, target, store, ssh, key);
        // Before it is stored nothing has happened.
        if (backup.outcome === "stored") ledger.done(`backup of ${member}`);
        return { place, member, ...backup };
      } catch (error) {
        if (error instanceof OverrunError && error.kind === "stopped") throw error;
        const why = reasonOf(error instanceof Error ? error : new Error(errorText(error)));
        return { place, member, outcome: "failed" as const, why, leftOut: [] };
      }
    }),
  );
}

async function backUpMember(
  stack: string,
  target: BackupTarget,
  store: MemberStore,
  ssh: SshAccess,
  key: BackupKey,
): Promise<Omit<MemberBackup, "place" | "member">> {
  const newest = store.archives().at(-1);
  // One that is gone or damaged, or that another key opens, is made again.
  const usable = newest && newest.key === key.id && store.read(newest) !== undefined;
  const client = await dialMember(target, ssh);
  try {
    const pulled = await pull(client, target.paths, usable ? newest.sum : undefined);
    if (pulled.kind === "same" && newest) {
      store.unchanged(new Date());
      const leftOut = newest.leftOut.map((path) => ({ path, why: "is not in the newest archive" }));
      return { outcome: "unchanged", ...aboutOf(store), leftOut };
    }
    if (pulled.kind !== "archive") throw new Error("it has none of the files of a member");
    const { entries, refused } = judgeArchive(pulled.entries, target.paths);
    const encrypted = await seal(stack, target, entries, key);
    const named = shownOf(refused);
    const leftOut = named.map(({ path }) => path);
    store.add(encrypted, { sum: pulled.sum, key: key.id, entries: entries.length, leftOut });
    return { outcome: "stored", ...aboutOf(store), leftOut: named };
  } finally {
    client.end();
  }
}

/** Most paths that are named; a member could list them without end. */
const MOST_LEFT_OUT = 100;

function shownOf(refused: readonly RefusedEntry[]): RefusedEntry[] {
  const shown = refused
    .slice(0, MOST_LEFT_OUT)
    .map(({ path, why }) => ({ path: foreign(path), why }));
  const more = refused.length - shown.length;
  return more === 0 ? shown : [...shown, { path: `(${more} more)`, why: "are left out as well" }];
}

function aboutOf(store: MemberStore) {
  const newest = store.archives().at(-1);
  if (!newest) return {};
  const { file, bytes, entries } = newest;
  return { file, bytes, entries };
}

/** Opens every archive that is kept and judges it again; asks no host. */
export async function verifyBackups(
  options: Omit<BackupOptions, "progress" | "identity">,
): Promise<{ lines: string[]; ok: boolean }> {
  const stack = openStackFile(options);
  const { folder, keep, targets } = openBackups(stack, options.member);
  const key = await backupKey(stack, options.key);
  const lines: string[] = [];
  let ok = true;
  for (const target of targets) {
    const { place } = target.pair;
    const { name: member } = target.member;
    const store = memberStore(folder, target, keep);
    const archives = store.archives();
    if (archives.length === 0) {
      ok = false;
      lines.push(`${member} (${place}): there is no backup`);
    }
    for (const archive of archives) {
      const bytes = store.read(archive);
      const problem =
        bytes === undefined
          ? "is gone, or not what was written"
          : await unseal(bytes, archive.file, stack.name, target, key).then(
              ({ refused: [first] }) => first && `${foreign(first.path)} ${first.why}`,
              (error: unknown) => errorText(error),
            );
      ok &&= problem === undefined;
      lines.push(
        `${member} (${place}): ${archive.file}: ${problem ?? `${counted(archive.entries, "path")}, can be restored`}`,
      );
    }
  }
  return { lines, ok };
}
