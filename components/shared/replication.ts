import type { Command, CommandArgs } from "@pulumi/command/remote/command";
import type { ResolvedMember } from "../../config/sections/vrrp";
import { authorizeKey, installPackages, replicationKey } from "../../templates/host/install";
import { unitPath } from "../../templates/host/member-health";
import { REPLICATION_PACKAGES } from "../../templates/host/packages";
import {
  type CopiedWords,
  fullSyncTimer,
  fullSyncUnit,
  lsyncdUnit,
} from "../../templates/host/systemd";
import { type ForcedCommand, forcedCommand } from "../../templates/replication/forced-command";
import {
  COPY_COMMAND_FILE,
  type CopiedTree,
  copyCommand,
  LSYNCD_FOLDER,
  lsyncdConf,
  replicationStart,
} from "../../templates/replication/lsyncd";
import type { HostFileArgs } from "./host-files";
import { commandIn, fileIn, type Rollout, scopeOf } from "./member-scope";
import type { Transform } from "./transform";

/** One key for each kind of child that copies files between members. */
export interface ReplicationTransforms {
  /** Installs what the copies need, on the first member and on the others. */
  lsyncdPackages?: Transform<CommandArgs>;
  /** Makes the first member's own SSH key for the copies. */
  lsyncdKey?: Transform<CommandArgs>;
  /** Script that is all the key may run on the other members. */
  lsyncdForcedCommand?: Transform<CommandArgs>;
  /** Lets the key in on the other members. */
  lsyncdAuthorizedKey?: Transform<CommandArgs>;
  /** Host keys of the other members. */
  lsyncdKnownHosts?: Transform<CommandArgs>;
  /** Program that lsyncd runs in place of rsync. */
  lsyncdRsync?: Transform<CommandArgs>;
  /** lsyncd's configuration. */
  lsyncdConf?: Transform<CommandArgs>;
  /** lsyncd's systemd unit. */
  lsyncdUnit?: Transform<CommandArgs>;
  /** systemd unit of the full copy. */
  lsyncdFullSyncUnit?: Transform<CommandArgs>;
  /** systemd timer of the full copy. */
  lsyncdFullSyncTimer?: Transform<CommandArgs>;
  /** Starts the copies. */
  lsyncdStart?: Transform<CommandArgs>;
}

/** Units of the member that copies. */
export const REPLICATION_UNITS: readonly string[] = ["lsyncd.service", "lsyncd-full-sync.timer"];

type ReplicationKind = keyof ReplicationTransforms;

/** What the first member copies to the others, and how the others let it in. */
export interface Copies {
  members: readonly ResolvedMember[];
  trees: readonly CopiedTree[];
  /** File that this stack writes at the source: proof that what is copied is what is meant. */
  guardFile: string;
  /** Directory that lsyncd wants to find, and makes. @default none */
  made?: string | undefined;
  delaySec: number;
  fullSyncMinutes: number;
  /** Script that is all the key may run. */
  forcedCommandFile: string;
  /** How that script differs from a Traefik pair's. @default it is one */
  forced?: ForcedCommand;
  /** For the readers of the units. @default those of a Traefik pair */
  words?: CopiedWords;
}

const KEY = `${LSYNCD_FOLDER}/id_ed25519`;
const KNOWN_HOSTS = `${LSYNCD_FOLDER}/known_hosts`;

/** Files of the first member by the name under which the start waits for their text. */
const FILE_KINDS = {
  "known-hosts": "lsyncdKnownHosts",
  rsync: "lsyncdRsync",
  conf: "lsyncdConf",
  unit: "lsyncdUnit",
  "full-sync-unit": "lsyncdFullSyncUnit",
  "full-sync-timer": "lsyncdFullSyncTimer",
} as const satisfies Record<string, ReplicationKind>;

/**
 * Copies directories from the first member to the others. The first one has a key of its own, whose
 * public half the others let in from its address and for that alone; host keys are pinned.
 *
 * @param healthy what has to be there before, on every member
 */
export function replicate(
  rollout: Rollout<ReplicationKind>,
  copies: Copies,
  healthy: readonly Command[],
): void {
  const { trees, guardFile, forcedCommandFile, forced, words } = copies;
  const { ssh } = rollout;
  const [first, ...others] = copies.members;
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
        path: forcedCommandFile,
        content: forcedCommand(trees, forced),
        mode: "0755",
        test: 'sh -n "$NEW"',
      },
      [rsync],
    );
    const authorize = {
      script: authorizeKey(first.address, forcedCommandFile),
      stdin: key.stdout,
    };
    return commandIn(other, "lsyncdAuthorizedKey", authorize, [rsync, key, script.command]);
  });
  const targets = others.map(({ address }) => ({ address, user: ssh.user, port: ssh.port }));
  const conf = lsyncdConf({
    trees,
    guardFile,
    targets,
    keyFile: KEY,
    knownHostsFile: KNOWN_HOSTS,
    delaySec: copies.delaySec,
  });
  const reload = "systemctl daemon-reload";
  const texts: Record<keyof typeof FILE_KINDS, Omit<HostFileArgs, "host" | "connection">> = {
    "known-hosts": { path: KNOWN_HOSTS, content: knownHosts(others, ssh.port) },
    rsync: {
      path: COPY_COMMAND_FILE,
      content: copyCommand(),
      mode: "0755",
      test: 'sh -n "$NEW"',
    },
    conf: { path: `${LSYNCD_FOLDER}/lsyncd.conf.lua`, content: conf, test: 'luac5.3 -p "$NEW"' },
    unit: {
      path: unitPath("lsyncd.service"),
      content: lsyncdUnit(guardFile, copies.made, words),
      reload,
    },
    "full-sync-unit": {
      path: unitPath("lsyncd-full-sync.service"),
      content: fullSyncUnit(words),
      reload,
    },
    "full-sync-timer": {
      path: unitPath("lsyncd-full-sync.timer"),
      content: fullSyncTimer(copies.fullSyncMinutes, words),
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
