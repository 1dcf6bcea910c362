import { isWithin } from "../../model/host/paths";
import { AFTER_COPY_FILE } from "../replication/after-copy";
import { FORCED_COMMAND_FILE, SERVICE_FORCED_COMMAND_FILE } from "../replication/forced-command";
import { LSYNCD_FOLDER } from "../replication/lsyncd";
import { TRY_SCRIPT } from "../traefik/trial";
import {
  checkScriptPath,
  type Service,
  unitFile,
  unitPath,
  unitsOf,
  watcherScript,
  watcherUnit,
} from "./member-health";

/** Files and directories of a member, as absolute paths. */
export interface MemberPaths {
  files: string[];
  /** With everything below them; none lies in another. */
  directories: string[];
}

/** What a backup of a member has to know beside its service. */
export interface KeptOf {
  service: Service;
  /** Directories of what the service reads, e.g. `/etc/traefik`. */
  directories: readonly string[];
  /** Scripts of the service beside keepalived's. @default none */
  scripts?: readonly string[];
  /** Home of the user who logs in, whose `authorized_keys` lets the first member in. */
  home: string;
}

/** Private and public host keys of OpenSSH: without them a new host is a stranger to the stack. */
export const HOST_KEYS = ["ed25519", "ecdsa", "rsa"].flatMap((kind) => [
  `/etc/ssh/ssh_host_${kind}_key`,
  `/etc/ssh/ssh_host_${kind}_key.pub`,
]);

/** Where the keys that let others in lie, below the home of a user. */
export const authorizedKeys = (home: string) => `${home}/.ssh/authorized_keys`;

/** Where the older texts of every file lie; a roll-back needs them. */
const HISTORY_FOLDER = "/var/lib/homelab-ha/history";

/** Roots of a renewal tool: beside its certificates lies the account that renews them. */
const RENEWAL_ROOTS = ["/etc/lego", "/var/lib/lego"];

/** What makes a member: what this stack writes there, what people wrote, and what only it has. */
export function keptPaths({ service, directories, scripts = [], home }: KeptOf): MemberPaths {
  const all = [
    ...directories.map(
      (directory) => RENEWAL_ROOTS.find((root) => isWithin(directory, root)) ?? directory,
    ),
    "/etc/keepalived",
    "/etc/systemd/system/keepalived.service.d",
    LSYNCD_FOLDER,
    HISTORY_FOLDER,
  ];
  const own = unitsOf(service, true).map(unitFile);
  const units = [
    ...own,
    ...own
      .filter((name) => name.endsWith(".socket"))
      .map((name) => name.replace(".socket", "@.service")),
    ...["lsyncd.service", "lsyncd-full-sync.service", "lsyncd-full-sync.timer"],
  ].filter((name) => name !== "keepalived.service" && name !== "haproxy.service");
  return {
    files: [
      ...new Set([
        ...units.map(unitPath),
        checkScriptPath(service),
        "/usr/local/bin/keepalived_notify.sh",
        watcherScript(service),
        unitPath(watcherUnit(service)),
        ...scripts,
        "/etc/logrotate.d/homelab-ha",
        ...HOST_KEYS,
        authorizedKeys(home),
      ]),
    ],
    directories: [...new Set(all)].filter(
      (one) => !all.some((other) => other !== one && isWithin(one, other)),
    ),
  };
}

/** Scripts of a service pair that copies files. */
export const SERVICE_SCRIPTS = [SERVICE_FORCED_COMMAND_FILE, AFTER_COPY_FILE];

/** Scripts of a Traefik pair that lie beside keepalived's. */
export const traefikScripts = (watcher: string) => [TRY_SCRIPT, FORCED_COMMAND_FILE, watcher];
