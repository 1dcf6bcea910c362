import { join } from "node:path";
import { stringify } from "yaml";
import { backUpMembers } from "../../cli/commands/backup/run";
import { restore } from "../../cli/commands/restore/run";
import { keyFrom, newIdentity } from "../../cli/lib/backup/key";
import { type BackupTarget, backupTargets, type ResolvedPairs } from "../../cli/lib/backup/targets";
import { parseArgs } from "../../components/shared/parse-args";
import { traefikArgsSchema } from "../../components/traefik-ha-pair/facts";
import { BACKEND_URL } from "../instruments/backend";
import { answers } from "../instruments/http";
import { armCut } from "../machine/faults";
import { bootHost, inHost, killHost, type LabHost, replaceDisk } from "../machine/host";
import { RUN_FOLDER } from "../machine/places";
import { sleep, until } from "../machine/shell";
import { DYNAMIC_DIRECTORY, PAIR, WEB_PORT } from "../pair/pair";
import { argsOf } from "../pair/program";
import type { Act, Scenario } from "./scenario";
import { roles, type Stage, watchHost } from "./stage";
import { deploymentOf } from "./update";

const STACK = "lab";
const FOLDER = join(RUN_FOLDER, "backups");
const HAND_WRITTEN = `${DYNAMIC_DIRECTORY}/restored.yml`;
const HAND_HOST = "restored.lab.test";

/** The members as `homelab backup` knows them. */
function targetsOf(stage: Stage): BackupTarget[] {
  const { ssh: _, ...facts } = parseArgs(
    traefikArgsSchema,
    argsOf(deploymentOf(stage).current()),
    PAIR,
  );
  const resolved = { traefikPairs: { [PAIR]: facts }, apiLoadBalancers: {} };
  return backupTargets(resolved as unknown as ResolvedPairs, "root");
}

const sshOf = ({ world: { privateKey } }: Stage) => ({ user: "root", port: 22, privateKey });

/** Every file of a member that is kept, with its mode, owner and checksum. */
async function filesOf(host: LabHost, { paths, home }: BackupTarget): Promise<string> {
  const all = [...paths.files, ...paths.directories].join(" ");
  // A run of the health check and an own way in are no part of what comes back.
  const script = `find ${all} -type f ! -name .healthy ! -path '${home}/*' -printf '%m %U:%G %p ' -exec sha256sum {} \\; 2>/dev/null | sort`;
  return (await inHost(host, script)).stdout;
}

/** A file that somebody wrote on the first member, and that is on the other as well. */
async function writeByHand(stage: Stage): Promise<void> {
  const { preferred, other } = roles(stage);
  const routers = {
    restored: { entryPoints: ["web"], rule: `Host(\`${HAND_HOST}\`)`, service: "restored" },
  };
  const services = { restored: { loadBalancer: { servers: [{ url: BACKEND_URL }] } } };
  const content = stringify({ http: { routers, services } });
  await inHost(preferred, `cat >${HAND_WRITTEN}.tmp && mv ${HAND_WRITTEN}.tmp ${HAND_WRITTEN}`, {
    input: content,
  });
  for (const host of [preferred, other]) await handRoute(host);
}

const handRoute = (host: LabHost) =>
  until(`${host.name} answers for ${HAND_HOST}`, 60, () =>
    answers(host.address, WEB_PORT, HAND_HOST),
  );

/**
 * Backs both members up, destroys some with their disks, and restores each of them on a fresh host.
 *
 * @param lost which members, the first to be restored first
 */
async function destroyAndRestore(
  stage: Stage,
  lost: (stage: Stage) => readonly LabHost[],
): Promise<Act> {
  const key = await keyFrom(await newIdentity());
  const targets = targetsOf(stage);
  const ssh = sshOf(stage);
  const opened = { folder: FOLDER, keep: 3, targets };
  const backups = await backUpMembers(STACK, opened, ssh, key);
  const wrong = backups
    .filter(({ outcome, leftOut }) => outcome === "failed" || leftOut.length > 0)
    .map(({ member, why, leftOut }) => `backup of ${member}: ${why ?? leftOut[0]?.path}`);
  const hosts = lost(stage);
  const before = new Map<string, string>();
  for (const host of hosts) before.set(host.name, await filesOf(host, targetOf(targets, host)));

  let atMs = 0;
  for (const host of hosts) {
    const fired = (await armCut(host)).fire();
    atMs ||= fired;
    await killHost(host);
  }
  const shown = new Map<string, string>();
  for (const host of hosts) {
    shown.set(host.name, await replaceDisk(host));
    await bootHost(host);
    watchHost(stage, host);
  }
  const notes: string[] = [];
  for (const host of hosts) {
    const begin = performance.now();
    const target = targetOf(targets, host);
    const hostKey = shown.get(host.name) ?? "";
    await restore({
      stack: STACK,
      target,
      pair: targets,
      ssh,
      key,
      folder: FOLDER,
      hostKey,
      overwrite: async () => false,
      progress: () => {},
      print: () => {},
    });
    const seconds = ((performance.now() - begin) / 1000).toFixed(1);
    notes.push(`${host.name} restored in ${seconds} s`);
    const after = await filesOf(host, target);
    if (after !== before.get(host.name)) {
      wrong.push(
        `files of ${host.name} differ: ${firstDifference(before.get(host.name) ?? "", after)}`,
      );
    }
    await handRoute(host);
  }
  wrong.push(...(await nextUps(stage)));
  return { atMs, note: notes.join(", "), ...(wrong.length > 0 && { wrong: wrong.join("; ") }) };
}

function targetOf(targets: readonly BackupTarget[], { name }: LabHost): BackupTarget {
  const found = targets.find(({ member }) => member.name === name);
  if (!found) throw new Error(`${name} is no member`);
  return found;
}

function firstDifference(before: string, after: string): string {
  const [old, now] = [before, after].map((text) => new Set(text.split("\n")));
  const gone = [...(old ?? [])].find((line) => !now?.has(line));
  const added = [...(now ?? [])].find((line) => !old?.has(line));
  return `${gone ?? "nothing"} / ${added ?? "nothing"}`;
}

let serial = 0;

/** The next `up` changes nothing, and one with another route reaches every member. */
async function nextUps(stage: Stage): Promise<string[]> {
  const deployment = deploymentOf(stage);
  const { changes } = await deployment.up();
  const others = Object.keys(changes).filter((kind) => kind !== "same");
  serial += 1;
  const host = `after-${serial}.lab.test`;
  await deployment.up(({ routes }) => ({ routes: { ...routes, after: host } }));
  for (const { name, address } of stage.world.hosts) {
    await until(`${name} answers for the new route`, 20, () => answers(address, WEB_PORT, host));
  }
  return others.length === 0 ? [] : [`the next up changed something: ${JSON.stringify(changes)}`];
}

async function removeByHand(stage: Stage): Promise<void> {
  const { preferred, other } = roles(stage);
  for (const host of [preferred, other]) await inHost(host, `rm -f ${HAND_WRITTEN}`);
  await sleep(2.5);
}

const common = {
  address: "returns",
  prepare: writeByHand,
  watchSec: () => 60,
  target: {},
  repair: removeByHand,
  once: true,
  profiles: ["fast", "compatible"],
} satisfies Partial<Scenario>;

/** The preferred member is destroyed with its disk and restored from its backup. */
export const memberRestored: Scenario = {
  ...common,
  name: "restore-one",
  title: "Member destroyed, restored from its backup",
  act: (stage) => destroyAndRestore(stage, ({ world }) => world.hosts.slice(0, 1)),
};

/** Both are destroyed; the preferred one is restored first. */
export const bothRestored: Scenario = {
  ...common,
  name: "restore-both",
  title: "Both destroyed, restored from their backups",
  act: (stage) => destroyAndRestore(stage, ({ world }) => world.hosts),
};
