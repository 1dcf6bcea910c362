import { budgets } from "../../../clients/deadline";
import { runOn } from "../../../clients/ssh/client";
import { foreignLines } from "../../../model/foreign-text";
import { counted } from "../../../model/text";
import { installPackages, installTraefik } from "../../../templates/host/install";
import { directoryQuestion } from "../../../templates/host/restore";
import { dialMember } from "../../lib/backup/archive";
import { ledger } from "../../lib/ledger";
import { reasonOf } from "../../lib/members";
import { Failure, PreconditionError } from "../../lib/usage";
import { chosenEntries, fromPeer, overlaid, partsOf } from "./entries";
import {
  identify,
  must,
  putInPlace,
  refuseHealthy,
  standingOf,
  start,
  startCopies,
} from "./on-host";
import type { Restore } from "./wanted";

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
    const known = await standingOf(target, ssh);
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
