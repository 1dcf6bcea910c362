import { hostText } from "../../model/network/address";
import { block, file, quoted, word } from "../text";

/** Log of lsyncd. */
export const LSYNCD_LOG = "/var/log/lsyncd.log";

/** Where its configuration, key and known hosts lie on the first member. */
export const LSYNCD_FOLDER = "/etc/lsyncd";

/** Program that lsyncd runs in place of rsync. */
export const COPY_COMMAND_FILE = `${LSYNCD_FOLDER}/rsync.sh`;

/** Seconds of silence after which a copy is given up, on both sides: with the connection whole, only rsync can tell. */
export const SILENT_SEC = 120;

/** Directory under `/run` with the sockets of lasting connections; made and removed with lsyncd's unit. */
export const LSYNCD_RUNTIME = "homelab-lsyncd";

/**
 * One connection to a target for all copies, since setting one up takes longer than a copy. It
 * belongs to lsyncd's unit, so a start with other host keys, another key or other targets cuts it;
 * a target that says nothing for 15 s ends it, and the next copy opens another.
 */
const LASTING = `-o ControlMaster=auto -o ControlPersist=yes -o ControlPath=/run/${LSYNCD_RUNTIME}/%C`;

/** One directory that is copied, to the same place on every target. */
export interface CopiedTree {
  /** Name under which the targets know it. */
  module: string;
  directory: string;
  /** Names that are not copied, as rsync's patterns. */
  exclude: readonly string[];
  /** What the targets do to the modes of the source, as rsync's `--chmod` writes it. */
  chmod: string;
}

/** Replication of directories to other hosts. */
export interface LsyncdConf {
  trees: readonly CopiedTree[];
  /** File that this stack writes at the source: proof that what is copied is what is meant. */
  guardFile: string;
  /** Hosts that get a copy. */
  targets: readonly { address: string; user: string; port: number }[];
  /** Private key of this host. */
  keyFile: string;
  /** Pinned host keys of the targets. */
  knownHostsFile: string;
  /** Seconds in which changes are collected. */
  delaySec: number;
}

/** `/etc/lsyncd/lsyncd.conf.lua` (https://lsyncd.github.io/lsyncd/manual/config/file/). */
export function lsyncdConf(conf: LsyncdConf): string {
  const guard = quoted(conf.guardFile, "guard file");
  return file(
    [
      "-- Without this file the directory is not the one that is meant, e.g. not mounted.",
      `local path = ${guard}`,
      `local guard = io.open(path, "r")`,
      `if not guard then error("refuse to copy: no " .. path) end`,
      "guard:close()",
    ],
    lua("settings", [
      `logfile = ${quoted(LSYNCD_LOG, "log")}`,
      `statusFile = "/run/lsyncd.status"`,
      "-- A target that is down at the start must not end lsyncd for the others.",
      "insist = true",
    ]),
    ...conf.targets.flatMap((target) => conf.trees.map((tree) => sync(conf, tree, target))),
  );
}

function sync(conf: LsyncdConf, tree: CopiedTree, target: LsyncdConf["targets"][number]): string[] {
  const { address, user, port } = target;
  const directory = tree.directory.replace(/\/*$/, "/");
  const key = word(conf.keyFile, "key file");
  const knownHosts = word(conf.knownHostsFile, "known hosts file");
  const rsh = `/usr/bin/ssh -p ${word(port, "port")} -i ${key} -o IdentitiesOnly=yes -o BatchMode=yes -o ConnectTimeout=5 -o ServerAliveInterval=5 -o ServerAliveCountMax=3 -o StrictHostKeyChecking=yes -o UserKnownHostsFile=${knownHosts} ${LASTING}`;
  const exclude = tree.exclude.map((name) => quoted(name, "excluded name")).join(", ");
  return lua("sync", [
    "default.rsync",
    `source = ${quoted(directory, "directory")}`,
    "-- Two colons: a module, whose directory and rights the target itself states.",
    `target = ${quoted(`${word(user, "user")}@${hostText(word(address, "address"))}::${word(tree.module, "module")}/`, "target")}`,
    `delay = ${word(conf.delaySec, "delay")}`,
    "-- A read error or an empty source would delete on the target what must stay.",
    "delete = false",
    "-- The stack's own files are on every host already, and an older copy must not travel in the",
    "-- middle of a roll-out; acme.json has one owner; hidden files are half-written ones.",
    `exclude = { ${exclude} }`,
    lua("rsync =", [
      `binary = ${quoted(COPY_COMMAND_FILE, "program")}`,
      `timeout = ${SILENT_SEC}`,
      `rsh = ${quoted(rsh, "rsh")}`,
      "perms = true",
      "-- The targets refuse every option but the few that follow from this table.",
      "links = false",
      "protect_args = false",
      "-- Two edits of the same length in one second have the same size and the same whole second.",
      '_extra = { "--modify-window=-1" }',
    ]),
  ]);
}

/** How long a copy may take, and what follows one that was incomplete. */
export interface CopyTimes {
  /** Seconds for all of it, also for what the target does with the files. @default 1800 */
  limitSec?: number;
  /** Seconds before a copy is made again that the target could not store. @default 5 */
  againSec?: number;
}

/**
 * rsync as lsyncd has to see it. lsyncd forgets a change when it takes a copy for done, until the next full
 * comparison, and it does so with one whose rsync was killed (the low bits of its status are 0 then) and with one
 * of which the target could not store all (23: no room for another file, a file system that became read-only).
 * And it waits for ever for one that does not end.
 */
export function copyCommand({ limitSec = 1800, againSec = 5 }: CopyTimes = {}): string {
  return `#!/bin/sh
# lsyncd runs this in place of rsync, and forgets what is not reported as broken off (12).
timeout -k 5 ${word(limitSec, "limit")} /usr/bin/rsync "$@"
code=$?
# Not all could be read or stored: it may take a person to mend that.
[ "$code" != 23 ] || sleep ${word(againSec, "pause")}
# Killed, or over the limit.
[ "$code" != 23 ] && [ "$code" -lt 124 ] || code=12
exit "$code"
`;
}

/** A Lua table; its entries are separated by commas, comments are not. */
function lua(head: string, entries: readonly (string | readonly string[])[]): string[] {
  const body = entries.map((entry) => {
    const lines = typeof entry === "string" ? [entry] : [...entry];
    const last = lines.pop() ?? "";
    return [...lines, last.startsWith("--") ? last : `${last},`];
  });
  return block(head, body);
}

/** Starts lsyncd with what is on disk, and its regular full comparison; fails when it does not stay up. */
export function replicationStart(): string {
  return `set -eu
systemctl daemon-reload
systemctl enable --quiet lsyncd.service lsyncd-full-sync.timer
systemctl restart lsyncd.service lsyncd-full-sync.timer
sleep 3
systemctl is-active --quiet lsyncd.service && exit 0
echo "lsyncd does not stay up; hand-written files are not replicated" >&2
journalctl -q -n 20 --no-pager -u lsyncd >&2 || true
exit 1
`;
}
