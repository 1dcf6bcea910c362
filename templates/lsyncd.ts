import { block, file, quoted, word } from "./text";

/** Replication of one directory to other hosts. */
export interface LsyncdConf {
  /** Directory that is copied, and its place on every target. */
  directory: string;
  /** File that this stack writes in `directory` on every host: proof that the source is mounted; never copied. */
  ownFile: string;
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
  const directory = conf.directory.replace(/\/*$/, "/");
  const guard = quoted(`${directory}${conf.ownFile}`, "own file");
  return file(
    [
      "-- Without this file the directory is not the one that is meant, e.g. not mounted.",
      `local path = ${guard}`,
      `local guard = io.open(path, "r")`,
      `if not guard then error("refuse to copy: no " .. path) end`,
      "guard:close()",
    ],
    lua("settings", [
      `logfile = "/var/log/lsyncd.log"`,
      `statusFile = "/run/lsyncd.status"`,
      "-- A target that is down at the start must not end lsyncd for the others.",
      "insist = true",
    ]),
    ...conf.targets.map((target) => sync(conf, directory, target)),
  );
}

function sync(
  conf: LsyncdConf,
  directory: string,
  target: LsyncdConf["targets"][number],
): string[] {
  const { address, user, port } = target;
  const key = word(conf.keyFile, "key file");
  const knownHosts = word(conf.knownHostsFile, "known hosts file");
  const rsh = `/usr/bin/ssh -p ${word(port, "port")} -i ${key} -o IdentitiesOnly=yes -o BatchMode=yes -o ConnectTimeout=5 -o StrictHostKeyChecking=yes -o UserKnownHostsFile=${knownHosts}`;
  return lua("sync", [
    "default.rsync",
    `source = ${quoted(directory, "directory")}`,
    `target = ${quoted(`${word(user, "user")}@${word(address, "address")}:${directory}`, "target")}`,
    `delay = ${word(conf.delaySec, "delay")}`,
    "-- A read error or an empty source would delete on the target what must stay.",
    "delete = false",
    "-- The stack's own file is on every host already, and an older copy must not travel in the",
    "-- middle of a roll-out; acme.json has one owner; hidden files are half-written ones.",
    `exclude = { ${quoted(`/${word(conf.ownFile, "own file")}`, "own file")}, "acme.json", ".*" }`,
    lua("rsync =", [`rsh = ${quoted(rsh, "rsh")}`, "perms = true", "owner = true", "group = true"]),
  ]);
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
