import type { Command } from "@pulumi/command/remote/command";
import type { ResolvedMember } from "../../config/sections/vrrp";
import { authorizeKey, installPackages, replicationKey } from "../../templates/host/install";
import { REPLICATION_PACKAGES } from "../../templates/host/packages";
import { fullSyncTimer, fullSyncUnit, lsyncdUnit } from "../../templates/host/systemd";
import { FORCED_COMMAND_FILE, forcedCommand } from "../../templates/replication/forced-command";
import { LSYNCD_FOLDER, lsyncdConf, replicationStart } from "../../templates/replication/lsyncd";
import type { HostFileArgs } from "../shared/host-files";
import { commandIn, fileIn, type Rollout, scopeOf } from "../shared/member-scope";
import { copiedTrees, ownedCertificates } from "./copied-trees";
import { ROUTES_FILE, type TraefikFacts } from "./facts";
import type { TraefikKind } from "./options";

const KEY = `${LSYNCD_FOLDER}/id_ed25519`;
const KNOWN_HOSTS = `${LSYNCD_FOLDER}/known_hosts`;

/** Files of the first member by the name under which the start waits for their text. */
const FILE_KINDS = {
  "known-hosts": "lsyncdKnownHosts",
  conf: "lsyncdConf",
  unit: "lsyncdUnit",
  "full-sync-unit": "lsyncdFullSyncUnit",
  "full-sync-timer": "lsyncdFullSyncTimer",
} as const satisfies Record<string, TraefikKind>;

/** Units of the member that copies. */
export const REPLICATION_UNITS: readonly string[] = ["lsyncd.service", "lsyncd-full-sync.timer"];

/** Times of copies where the stack states none, because only certificates travel. */
const USUAL = { delaySec: 2, fullSyncMinutes: 30 };

/**
 * Copies hand-written dynamic configuration, and certificates that the first member owns, from the
 * first member to the others. The first one has a key of its own, whose public half the others let
 * in from its address and for that alone; host keys are pinned.
 *
 * @param healthy what has to be there before, on every member
 */
export function replicate(
  rollout: Rollout<TraefikKind>,
  facts: TraefikFacts,
  healthy: readonly Command[],
): void {
  const trees = copiedTrees(facts);
  if (trees.length === 0) return;
  const replication = facts.replication ?? USUAL;
  const { ssh } = rollout;
  const [first, ...others] = facts.members;
  if (!first) return;
  const scope = scopeOf(rollout, first, healthy);
  const packages = commandIn(
    scope,
    "lsyncdPackages",
    { script: installPackages(REPLICATION_PACKAGES.source) },
    [],
  );
  const key = commandIn(scope, "lsyncdKey", { script: replicationKey(KEY) }, [packages]);
  const authorized = others.map((member) => {
    const other = scopeOf(rollout, member, healthy);
    const rsync = commandIn(
      other,
      "lsyncdPackages",
      { script: installPackages(REPLICATION_PACKAGES.target) },
      [],
    );
    // The output of that command is the public half; the private one never leaves its host.
    const script = fileIn(
      other,
      "lsyncdForcedCommand",
      {
        path: FORCED_COMMAND_FILE,
        content: forcedCommand(trees),
        mode: "0755",
        test: 'sh -n "$NEW"',
      },
      [rsync],
    );
    const authorize = {
      script: authorizeKey(first.address, FORCED_COMMAND_FILE),
      stdin: key.stdout,
    };
    return commandIn(other, "lsyncdAuthorizedKey", authorize, [rsync, key, script.command]);
  });
  const guardFile = `${facts.traefik.dynamicDirectory}/${ROUTES_FILE}`;
  const targets = others.map(({ address }) => ({ address, user: ssh.user, port: ssh.port }));
  const conf = lsyncdConf({
    trees,
    guardFile,
    targets,
    keyFile: KEY,
    knownHostsFile: KNOWN_HOSTS,
    delaySec: replication.delaySec,
  });
  const units = "/etc/systemd/system";
  const reload = "systemctl daemon-reload";
  const texts: Record<keyof typeof FILE_KINDS, Omit<HostFileArgs, "host" | "connection">> = {
    "known-hosts": { path: KNOWN_HOSTS, content: knownHosts(others, ssh.port) },
    conf: { path: `${LSYNCD_FOLDER}/lsyncd.conf.lua`, content: conf, test: 'luac5.3 -p "$NEW"' },
    unit: {
      path: `${units}/lsyncd.service`,
      content: lsyncdUnit(guardFile, ownedCertificates(facts)),
      reload,
    },
    "full-sync-unit": {
      path: `${units}/lsyncd-full-sync.service`,
      content: fullSyncUnit(),
      reload,
    },
    "full-sync-timer": {
      path: `${units}/lsyncd-full-sync.timer`,
      content: fullSyncTimer(replication.fullSyncMinutes),
      reload,
    },
  };
  const files = Object.entries(FILE_KINDS).map(
    ([role, kind]) =>
      [role, fileIn(scope, kind, texts[role as keyof typeof FILE_KINDS], [packages])] as const,
  );
  const runAgainOn = Object.fromEntries(files.map(([role, file]) => [role, file.sha256]));
  const after = [...files.map(([, file]) => file.command), ...authorized];
  commandIn(scope, "lsyncdStart", { script: replicationStart(), runAgainOn }, after);
}

/** OpenSSH looks an address up in brackets when the port is not 22. */
function knownHosts(members: readonly ResolvedMember[], port: number): string {
  const lines = members.map(({ address, hostKey }) =>
    port === 22 ? `${address} ${hostKey}` : `[${address}]:${port} ${hostKey}`,
  );
  return `${lines.join("\n")}\n`;
}
