import { createHash } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { resolve } from "node:path";
import type { Client } from "ssh2";
import { budgets, within } from "../../../clients/deadline";
import { runOn } from "../../../clients/ssh/client";
import { ageText } from "../../../model/backup/age";
import { judgeArchive } from "../../../model/backup/archive";
import { type TarEntry, writeTar } from "../../../model/backup/tar";
import { foreign, foreignLines } from "../../../model/foreign-text";
import { counted, errorText } from "../../../model/text";
import { readStanding } from "../../../model/vrrp/standing";
import { healthScript } from "../../../templates/host/health";
import { installPackages, installTraefik } from "../../../templates/host/install";
import { authorizedKeys, HOST_KEYS } from "../../../templates/host/kept-paths";
import { memberHealth, unitsOf, watched } from "../../../templates/host/member-health";
import {
  directoryQuestion,
  freshQuestion,
  identityScript,
  restoreScript,
} from "../../../templates/host/restore";
import {
  FORCED_COMMAND_FILE,
  SERVICE_FORCED_COMMAND_FILE,
} from "../../../templates/replication/forced-command";
import { replicationStart } from "../../../templates/replication/lsyncd";
import { dialMember, pull, unseal } from "../../lib/backup/archive";
import type { BackupKey } from "../../lib/backup/key";
import { memberStore } from "../../lib/backup/store";
import { type BackupTarget, isIdentity } from "../../lib/backup/targets";
import { ledger } from "../../lib/ledger";
import { askMember, reasonOf, type SshAccess } from "../../lib/members";
import { Failure, PreconditionError } from "../../lib/usage";
import { standingQuestion } from "../../lib/vrrp-pair";

/** A member that is to be restored, and from what. */
export interface Restore {
  stack: string;
  target: BackupTarget;
  /** Every member of the same pair, the target included. */
  pair: readonly BackupTarget[];
  ssh: SshAccess;
  key: BackupKey;
  /** Folder of the stack's archives. */
  folder: string;
  /** Archive to take, as the person named it. @default the newest */
  from?: string;
  /** Key that the new host shows now. @default the pinned one */
  hostKey?: string;
  /** Whether a member that is healthy may be overwritten; asked only when it is. */
  overwrite: (what: string) => Promise<boolean>;
  progress(line: string): void;
  print(line: string): void;
}

/** Files of an archive, by what is done with them. */
interface Parts {
  files: TarEntry[];
  hostKeys: TarEntry[];
  /** Lines of `authorized_keys` that let the first member copy. */
  lines: string[];
}

/**
 * Brings a member back from its backup: packages, files, daemons, its own identity. Each daemon reads
 * its files before anything is started, and the next `up` finds what it left. Files that members copy
 * from each other come from a member that served meanwhile, for the backup is older.
 *
 * @throws PreconditionError before anything is changed, Failure after
 */
export async function restore(wanted: Restore): Promise<void> {
  const { target, ssh, progress, print } = wanted;
  const { member, pair } = target;
  const parts = partsOf(target, await chosenEntries(wanted));
  const steps = [`files of ${member.name}`, `services of ${member.name}`, `keys of ${member.name}`];
  const client = await dialMember(target, ssh, wanted.hostKey).catch((error: Error) => {
    throw new PreconditionError(
      `${member.name} cannot be reached: ${reasonOf(error)}; for a new host compare its key on its console and name it with --host-key; nothing was changed`,
    );
  });
  try {
    await refuseHealthy(wanted, client);
    ledger.plan(...steps);
    const [files, services, keys] = steps as [string, string, string];
    progress(`${member.name}: installing what is missing`);
    await must(client, installPackages(target.packages));
    if (target.traefik) await must(client, installTraefik(target.traefik));
    const peer = await fromPeer(wanted);
    const entries = peer ? overlaid(parts.files, peer.entries, target) : parts.files;
    progress(`${member.name}: putting ${counted(entries.length, "path")} in place`);
    await ledger.step(files, () => putInPlace(client, target, entries));
    print(`${member.name}: ${counted(entries.length, "path")} put in place`);
    if (peer)
      print(`${member.name}: what the members copy came from ${peer.name}, which served meanwhile`);
    progress(`${member.name}: starting its services`);
    await ledger.step(services, () => start(client, target));
    print(`${member.name}: healthy, and can take ${pair.vip}`);
    await ledger.step(keys, () => identify(client, target, parts));
    const known = await ask(target, ssh);
    if (known.problem !== undefined) throw new Failure(`${member.name}: ${known.problem}`);
    print(`${member.name}: shows the host key that the stack knows`);
    if (target.source) await startCopies(client, member.name, print);
    const tried = await runOn(client, directoryQuestion, { budget: budgets.rollback });
    if (target.traefik && tried.failure !== undefined) {
      print(`${member.name}: Traefik complains about hand-written files, as it did before:`);
      for (const line of foreignLines(tried.output, 10)) print(line);
    }
  } finally {
    client.end();
  }
}

/** The entries of the archive that was named, or of the newest. */
async function chosenEntries(wanted: Restore): Promise<TarEntry[]> {
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

function partsOf({ home }: BackupTarget, entries: readonly TarEntry[]): Parts {
  const keys = entries.find(({ path }) => `/${path}` === authorizedKeys(home));
  const lines = keys?.content.toString("utf8").split("\n") ?? [];
  return {
    files: entries.filter(({ path }) => !isIdentity(`/${path}`, home)),
    hostKeys: entries.filter(({ path }) => HOST_KEYS.includes(`/${path}`)),
    lines: lines.filter((line) => COPY_LINE.test(line)),
  };
}

/** How a member stands now, over the key that the stack knows. */
async function ask({ pair, member }: BackupTarget, ssh: SshAccess) {
  try {
    const { client, printed } = await askMember(member, ssh, standingQuestion(pair, member));
    client.end();
    return { standing: readStanding(member.name, member.priority, printed) };
  } catch (error) {
    return { problem: reasonOf(error as Error) };
  }
}

/** A member that serves must not lose its files by a slip of the hand. */
async function refuseHealthy({ target, overwrite }: Restore, client: Client): Promise<void> {
  const { pair, member } = target;
  const question = `${standingQuestion(pair, member)}${freshQuestion}\n`;
  const { stdout } = await runOn(client, question, { budget: budgets.question });
  const { unhealthy, master } = readStanding(member.name, member.priority, stdout);
  const has = stdout.split("\n").includes("files");
  if (!has || (unhealthy !== undefined && !master)) return;
  const what = `${member.name} is there and ${master ? `has ${pair.vip}` : "healthy"}`;
  if (await overwrite(what)) return;
  throw new PreconditionError(
    `${what}; a restore would overwrite its files: run it with --overwrite if that is what you want; nothing was changed`,
  );
}

/** Runs a script of ours, which names its host when it fails. */
async function must(client: Client, script: string, stdin = ""): Promise<void> {
  const { output, failure } = await runOn(client, script, { stdin });
  if (failure !== undefined) throw new Failure(said(output) || failure);
}

/** Lines of a script of ours, for one line of a message. */
const said = (output: string) =>
  foreignLines(output, 20)
    .map((line) => line.replace(/^\| /, ""))
    .join("; ");

/** The copied files of another member that is healthy, the one with the address first. */
async function fromPeer(
  wanted: Restore,
): Promise<{ name: string; entries: TarEntry[] } | undefined> {
  const { target, pair, ssh, from } = wanted;
  // Who names a file wants that file.
  if (target.trees.length === 0 || from !== undefined) return undefined;
  const others = pair.filter(({ member }) => member.name !== target.member.name);
  const asked = await Promise.all(
    others.map(async (other) => ({ other, ...(await ask(other, ssh)) })),
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
function overlaid(
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

/** Units in the order in which they stop: whoever moves the address, whoever copies, then the service. */
function stopping({ pair, member }: BackupTarget): string[] {
  const units = unitsOf(pair.service, watched(member, pair.settings)).reverse();
  return [...units.slice(0, 1), "lsyncd-full-sync.timer", "lsyncd.service", ...units.slice(1)];
}

async function putInPlace(
  client: Client,
  target: BackupTarget,
  entries: readonly TarEntry[],
): Promise<void> {
  const archive = writeTar(entries);
  const script = restoreScript({
    host: target.member.name,
    sha256: createHash("sha256").update(archive).digest("hex"),
    paths: entries.map(({ path }) => path),
    units: stopping(target),
  });
  await must(client, script, archive.toString("base64"));
}

/** Seconds that a member may take beyond the deadline of its own health check. */
const LATE_SEC = 30;

/** What a roll-out waits for, too. */
async function start(client: Client, { pair, member }: BackupTarget): Promise<void> {
  const health = memberHealth(pair.name, member, pair.settings, pair.service);
  const script = healthScript({ ...health, retired: [] });
  const budget = within(budgets.script, 1000 * (health.deadlineSec + LATE_SEC));
  const { failure, output } = await runOn(client, script, { budget });
  if (failure === undefined) return;
  throw new Failure(
    `${member.name}: its files are in place, but it is not healthy: ${said(output) || failure}`,
  );
}

async function startCopies(client: Client, name: string, print: (line: string) => void) {
  await must(client, replicationStart());
  print(`${name}: copies its files to the other members again`);
}

/** Gives the host the keys that the stack knows; when they are others than the backup has, it keeps its own. */
async function identify(client: Client, target: BackupTarget, parts: Parts): Promise<void> {
  const { member, home } = target;
  const pinned = parts.hostKeys.some(
    ({ path, content }) =>
      path.endsWith(".pub") &&
      content.toString().split(" ").slice(0, 2).join(" ").trim() === member.hostKey,
  );
  const keys = pinned ? writeTar(parts.hostKeys).toString("base64") : "";
  await must(client, identityScript(member.name, home, parts.lines), keys);
}
