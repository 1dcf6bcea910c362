import { z } from "zod";
import { budgets } from "../../../clients/deadline";
import { dial, runOn } from "../../../clients/ssh/client";
import type { SshConnection } from "../../../clients/ssh/connection";
import { type JudgedArchive, judgeArchive } from "../../../model/backup/archive";
import { readTar, type TarEntry, TarError, writeTar } from "../../../model/backup/tar";
import { foreign } from "../../../model/foreign-text";
import { backupScript, readBackupAnswer } from "../../../templates/host/backup";
import type { MemberPaths } from "../../../templates/host/kept-paths";
import type { SshAccess } from "../members";
import { recordedOrNone } from "../recorded";
import { Failure } from "../usage";
import type { BackupKey } from "./key";
import type { BackupTarget } from "./targets";

/** Whose an archive is; the first entry of each. */
const labelSchema = z.strictObject({
  version: z.literal(1),
  stack: z.string(),
  /** Section and name of the address. */
  place: z.string(),
  member: z.string(),
});

type Label = z.output<typeof labelSchema>;

const LABEL = "homelab-backup.json";

/** Connects to a member for the time that an archive takes. */
export function dialMember(
  target: Pick<BackupTarget, "member">,
  ssh: SshAccess,
  hostKey = target.member.hostKey,
) {
  const connection: SshConnection = {
    ...ssh,
    host: target.member.address,
    hostKey,
    dialErrorLimit: 2,
    perDialTimeout: 5,
  };
  return dial(connection, budgets.backup.connectMs * 3);
}

type Client = Awaited<ReturnType<typeof dial>>;

/** How often files that are changed meanwhile are read. */
const TRIES = 3;

/** What a member has, or that it is still what is known. */
export type Pulled =
  | { kind: "none" }
  | { kind: "same" }
  | { kind: "archive"; sum: string; entries: TarEntry[] };

/**
 * Reads the files of a member.
 *
 * @param known checksum of the newest archive. @default there is none
 * @throws Failure for a member that answers something else, or whose files never stay
 */
export async function pull(client: Client, paths: MemberPaths, known?: string): Promise<Pulled> {
  for (let turn = 0; turn < TRIES; turn += 1) {
    const script = backupScript(paths, known);
    const { stdout, stderr, failure } = await runOn(client, script, { budget: budgets.backup });
    const answer = failure === undefined ? readBackupAnswer(stdout) : undefined;
    if (answer === undefined) {
      throw new Failure(`its files cannot be read: ${foreign(stderr) || (failure ?? "no answer")}`);
    }
    if (answer.kind === "changing") continue;
    if (answer.kind !== "archive") return answer;
    try {
      return { kind: "archive", sum: answer.sum, entries: readTar(answer.archive) };
    } catch (error) {
      if (error instanceof TarError)
        throw new Failure(`its archive cannot be read: ${error.message}`);
      throw error;
    }
  }
  throw new Failure("its files changed each time while they were read; try again when they rest");
}

const labelOf = (stack: string, { pair, member }: BackupTarget): Label => ({
  version: 1,
  stack,
  place: pair.place,
  member: member.name,
});

/** Makes an archive of a member out of judged entries. */
export function seal(
  stack: string,
  target: BackupTarget,
  entries: readonly TarEntry[],
  key: BackupKey,
): Promise<Buffer> {
  const label: TarEntry = {
    path: LABEL,
    kind: "file",
    mode: 0o600,
    uid: 0,
    gid: 0,
    mtime: Date.now() / 1000,
    content: Buffer.from(`${JSON.stringify(labelOf(stack, target))}\n`),
  };
  return key.encrypt(writeTar([label, ...entries]));
}

/**
 * Opens an archive and judges it.
 *
 * @param from where it lies, for messages
 * @throws Failure for one of another member, one that this key does not open, and for what is no archive
 */
export async function unseal(
  encrypted: Buffer,
  from: string,
  stack: string,
  target: BackupTarget,
  key: BackupKey,
): Promise<JudgedArchive> {
  const plain = await key.decrypt(encrypted).catch((error: unknown) => {
    throw new Failure(
      `${from} cannot be opened (${foreign(String((error as Error).message))}): it was made with another key, or changed since`,
    );
  });
  const [first, ...entries] = entriesOf(plain, from);
  const label = first?.path === LABEL && recordedOrNone(labelSchema, first.content.toString());
  if (!label) throw new Failure(`${from} is no backup of this program`);
  const wanted = labelOf(stack, target);
  for (const key of ["stack", "place", "member"] as const) {
    if (label[key] === wanted[key]) continue;
    throw new Failure(
      `${from} is a backup of ${foreign(label[key])}, expected one of ${wanted[key]} (${key}); name another file`,
    );
  }
  return judgeArchive(entries, target.paths);
}

function entriesOf(plain: Buffer, from: string): TarEntry[] {
  try {
    return readTar(plain);
  } catch (error) {
    if (error instanceof TarError) throw new Failure(`${from}: ${error.message}`);
    throw error;
  }
}
