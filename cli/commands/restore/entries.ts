import { readFileSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { budgets } from "../../../clients/deadline";
import { ageText } from "../../../model/backup/age";
import { judgeArchive } from "../../../model/backup/archive";
import type { TarEntry } from "../../../model/backup/tar";
import { foreign } from "../../../model/foreign-text";
import { errorText } from "../../../model/text";
import { authorizedKeys, HOST_KEYS } from "../../../templates/host/kept-paths";
import {
  FORCED_COMMAND_FILE,
  SERVICE_FORCED_COMMAND_FILE,
} from "../../../templates/replication/forced-command";
import { dialMember, pull, unseal } from "../../lib/backup/archive";
import { memberStore } from "../../lib/backup/store";
import { type BackupTarget, isIdentity } from "../../lib/backup/targets";
import { PreconditionError } from "../../lib/usage";
import { standingOf } from "./on-host";
import type { Parts, Restore } from "./wanted";

/** The entries of the archive that was named, or of the newest. */
export async function chosenEntries(wanted: Restore): Promise<TarEntry[]> {
  const { stack, target, key, folder, from, progress } = wanted;
  const member = target.member.name;
  const store = memberStore(folder, target, Infinity);
  const newest = store.archives().at(-1);
  if (from === undefined && newest === undefined) {
    throw new PreconditionError(`${member} has no backup in ${store.folder}; name one with --from`);
  }
  const named = from ?? newest?.file ?? "";
  const bytes = from === undefined ? newest && store.read(newest) : readArchive(from);
  if (bytes === undefined) {
    throw new PreconditionError(
      `${named} is not what was written, or is gone; name an older archive of ${store.folder} with --from`,
    );
  }
  const judged = await unseal(bytes, named, stack, target, key);
  const [first] = judged.refused;
  if (first) {
    throw new PreconditionError(
      `${named} is refused: ${foreign(first.path)} ${first.why}; nothing was changed`,
    );
  }
  const known = from === undefined ? newest : undefined;
  const age = known && (Date.now() - Date.parse(known.at)) / 1000;
  progress(`${member}: ${named}${age === undefined ? "" : `, ${ageText(age)} old`}`);
  return judged.entries;
}

function readArchive(from: string): Buffer {
  const path = resolve(from);
  try {
    const found = statSync(path);
    if (!found.isFile()) throw new Error("it is no file");
    if (found.size > budgets.backup.maxBytes) throw new Error("it is longer than any backup");
    return readFileSync(path);
  } catch (error) {
    throw new PreconditionError(`${from} cannot be read: ${errorText(error)}`);
  }
}

/** Only the very line that `authorizeKey` writes: whoever else was let in has to be let in by people. */
const COPY_LINE = new RegExp(
  `^restrict,from="[0-9a-fA-F.:]+",command="(?:${FORCED_COMMAND_FILE}|${SERVICE_FORCED_COMMAND_FILE})(?: [0-9a-f]{16})?" ssh-ed25519 [A-Za-z0-9+/]+={0,2} lsyncd$`,
);

/** Sorts the files of an archive. */
export function partsOf({ home }: BackupTarget, entries: readonly TarEntry[]): Parts {
  const keys = entries.find(({ path }) => `/${path}` === authorizedKeys(home));
  const lines = keys?.content.toString("utf8").split("\n") ?? [];
  return {
    files: entries.filter(({ path }) => !isIdentity(`/${path}`, home)),
    hostKeys: entries.filter(({ path }) => HOST_KEYS.includes(`/${path}`)),
    lines: lines.filter((line) => COPY_LINE.test(line)),
  };
}

/** The copied files of another member that is healthy, the one with the address first. */
export async function fromPeer(
  wanted: Restore,
): Promise<{ name: string; entries: TarEntry[] } | undefined> {
  const { target, pair, ssh, from } = wanted;
  // Who names a file wants that file.
  if (target.trees.length === 0 || from !== undefined) return undefined;
  const others = pair.filter(({ member }) => member.name !== target.member.name);
  const asked = await Promise.all(
    others.map(async (other) => ({ other, ...(await standingOf(other, ssh)) })),
  );
  const healthy = asked
    .filter(({ standing }) => standing && standing.unhealthy === undefined)
    .sort((a, b) => Number(b.standing?.master ?? false) - Number(a.standing?.master ?? false));
  for (const { other } of healthy) {
    const client = await dialMember(other, ssh);
    try {
      const directories = target.trees.map(({ directory }) => directory);
      const pulled = await pull(client, { files: [], directories });
      if (pulled.kind !== "archive") continue;
      const { entries } = judgeArchive(pulled.entries, { files: [], directories });
      return { name: other.member.name, entries: copied(entries, target) };
    } finally {
      client.end();
    }
  }
  return undefined;
}

/** Of what another member has, what copies bring: files that are not each member's own. */
function copied(entries: readonly TarEntry[], { trees }: BackupTarget): TarEntry[] {
  return entries.filter(
    ({ path, kind }) =>
      kind === "file" &&
      trees.some(({ directory, exclude }) => {
        if (!`/${path}`.startsWith(`${directory}/`)) return false;
        const rest = `/${path}`.slice(directory.length);
        const name = rest.split("/").at(-1) ?? "";
        return !exclude.includes(rest) && !exclude.includes(name) && !name.startsWith(".");
      }),
  );
}

/** The files of a backup with those of a member that served meanwhile in their place. */
export function overlaid(
  own: readonly TarEntry[],
  newer: readonly TarEntry[],
  target: BackupTarget,
): TarEntry[] {
  const stale = new Set(copied(own, target).map(({ path }) => path));
  const directories = new Set(own.map(({ path }) => path));
  // What lies in a directory that the backup does not have would come before its directory.
  const usable = newer.filter(({ path }) =>
    directories.has(path.split("/").slice(0, -1).join("/")),
  );
  return [...own.filter(({ path }) => !stale.has(path)), ...usable];
}
