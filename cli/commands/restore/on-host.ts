import { createHash } from "node:crypto";
import type { Client } from "ssh2";
import { budgets, within } from "../../../clients/deadline";
import { runOn } from "../../../clients/ssh/client";
import { type TarEntry, writeTar } from "../../../model/backup/tar";
import { foreignLines } from "../../../model/foreign-text";
import { readStanding } from "../../../model/vrrp/standing";
import { healthScript } from "../../../templates/host/health";
import { memberHealth, unitsOf, watched } from "../../../templates/host/member-health";
import { freshQuestion, identityScript, restoreScript } from "../../../templates/host/restore";
import { replicationStart } from "../../../templates/replication/lsyncd";
import type { BackupTarget } from "../../lib/backup/targets";
import { askMember, reasonOf, type SshAccess } from "../../lib/members";
import { Failure, PreconditionError } from "../../lib/usage";
import { standingQuestion } from "../../lib/vrrp-pair";
import type { Parts, Restore } from "./wanted";

/** How a member stands now, over the key that the stack knows. */
export async function standingOf({ pair, member }: BackupTarget, ssh: SshAccess) {
  try {
    const { client, printed } = await askMember(member, ssh, standingQuestion(pair, member));
    client.end();
    return { standing: readStanding(member.name, member.priority, printed) };
  } catch (error) {
    return { problem: reasonOf(error as Error) };
  }
}

/** A member that serves must not lose its files by a slip of the hand. */
export async function refuseHealthy({ target, overwrite }: Restore, client: Client): Promise<void> {
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
export async function must(client: Client, script: string, stdin = ""): Promise<void> {
  const { output, failure } = await runOn(client, script, { stdin });
  if (failure !== undefined) throw new Failure(said(output) || failure);
}

/** Lines of a script of ours, for one line of a message. */
const said = (output: string) =>
  foreignLines(output, 20)
    .map((line) => line.replace(/^\| /, ""))
    .join("; ");

/** Units in the order in which they stop: whoever moves the address, whoever copies, then the service. */
function stopping({ pair, member }: BackupTarget): string[] {
  const units = unitsOf(pair.service, watched(member, pair.settings)).reverse();
  return [...units.slice(0, 1), "lsyncd-full-sync.timer", "lsyncd.service", ...units.slice(1)];
}

/** Writes the files, with everything that reads them stopped. */
export async function putInPlace(
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
export async function start(client: Client, { pair, member }: BackupTarget): Promise<void> {
  const health = memberHealth(pair.name, member, pair.settings, pair.service);
  const script = healthScript({ ...health, retired: [] });
  const budget = within(budgets.script, 1000 * (health.deadlineSec + LATE_SEC));
  const { failure, output } = await runOn(client, script, { budget });
  if (failure === undefined) return;
  throw new Failure(
    `${member.name}: its files are in place, but it is not healthy: ${said(output) || failure}`,
  );
}

/** Lets the member copy to the others again. */
export async function startCopies(client: Client, name: string, print: (line: string) => void) {
  await must(client, replicationStart());
  print(`${name}: copies its files to the other members again`);
}

/** Gives the host the keys that the stack knows; when they are others than the backup has, it keeps its own. */
export async function identify(client: Client, target: BackupTarget, parts: Parts): Promise<void> {
  const { member, home } = target;
  const pinned = parts.hostKeys.some(
    ({ path, content }) =>
      path.endsWith(".pub") &&
      content.toString().split(" ").slice(0, 2).join(" ").trim() === member.hostKey,
  );
  const keys = pinned ? writeTar(parts.hostKeys).toString("base64") : "";
  await must(client, identityScript(member.name, home, parts.lines), keys);
}
