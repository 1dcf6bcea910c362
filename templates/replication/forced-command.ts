import { block, file, word } from "../text";
import { type CopiedTree, SILENT_SEC } from "./lsyncd";

/** Where the forced command lies on every host that gets copies; the name is older than the word here. */
export const FORCED_COMMAND_FILE = "/usr/local/bin/traefik-replication-door.sh";

/** The same of a service pair. */
export const SERVICE_FORCED_COMMAND_FILE = "/usr/local/bin/service_replication.sh";

/** How a forced command differs from that of a Traefik pair. */
export interface ForcedCommand {
  /** The program. @default Debian's */
  rsync?: string;
  /** Word in the system's log. @default traefik-replication */
  tag?: string;
  /** Program that rsync runs before and after each copy, outside the directory. @default none */
  afterCopy?: string;
  /** File with the line that lets the key in. @default that of the user who logs in */
  authorizedKeys?: string;
}

/** What a host of rsync's daemon asks for over SSH, whatever it wants to copy. */
const REQUEST = "rsync --server --daemon .";

/** Options of rsync that lsyncd sends; every other one is refused by rsync itself. */
const OPTIONS = ["recursive", "times", "perms", "force", "modify-window", "timeout"];

/**
 * The only command that the replication key may run: rsync's daemon, for this one connection and
 * with the configuration below. Nothing that the other side sends reaches a command line: the
 * request has to be this one word for word, and what is copied is named by a module. The daemon
 * shuts itself into the module's directory before it reads options, names or data, takes no option
 * but the six that lsyncd sends (no deletion, no links, no devices, no directories for temporary
 * files, no log), gives nothing to read, and stores no set-user-ID bit. A copied key of the first
 * member can change the copied files and nothing else.
 *
 * sshd looks at keys when a connection begins, and lsyncd's lasts; so a copy is refused, and the connection ended,
 * as soon as the line is gone that let it in. That line names itself by the argument of the command: another key
 * may have been let in meanwhile, and says nothing of this one.
 *
 * @param trees what is copied; the excluded names are refused here too
 */
export function forcedCommand(
  trees: readonly CopiedTree[],
  {
    rsync = "/usr/bin/rsync",
    tag = "traefik-replication",
    afterCopy,
    authorizedKeys,
  }: ForcedCommand = {},
): string {
  const keys =
    authorizedKeys === undefined
      ? '"$HOME/.ssh/authorized_keys"'
      : word(authorizedKeys, "authorized keys");
  return `#!/bin/sh
# sshd runs this instead of what the replication key asks for.
asked=\${SSH_ORIGINAL_COMMAND-}
refuse() {
  printf 'refused: %s\\n' "$1" >&2
  timeout 5 logger -t ${word(tag, "tag")} -- "refused: $1" 2>/dev/null
}
if [ "$asked" != '${REQUEST}' ]; then
  refuse "$(printf %s "$asked" | LC_ALL=C tr -c ' -~' '?' | cut -c 1-200)"
  exit 1
fi
# sshd looks at keys only when a connection begins, and lsyncd's lasts.
if ! grep -v '^ *#' ${keys} 2>/dev/null | grep -qF "command=\\"$0\${1:+ $1}\\""; then
  refuse 'the key of this connection is not let in any more'
  case $(cat "/proc/$PPID/comm") in sshd*) kill "$PPID" ;; esac
  exit 1
fi
exec 3<<'EOF'
${daemonConf(trees, afterCopy)}EOF
cd /
# The daemon looks for its client's address here.
exec env -i SSH_CONNECTION="$SSH_CONNECTION" ${word(rsync, "rsync")} --server --daemon --config=/proc/self/fd/3 .
`;
}

/** rsyncd.conf(5): one module for each tree. */
function daemonConf(trees: readonly CopiedTree[], afterCopy: string | undefined): string {
  return file(
    [
      "use chroot = yes",
      "# Only root may shut itself into a directory, and the files belong to root.",
      "uid = 0",
      "gid = 0",
      "numeric ids = yes",
      "list = no",
      "read only = no",
      "write only = yes",
      "reverse lookup = no",
      `timeout = ${SILENT_SEC}`,
      // rsync counts this one out of the star: arguments that are sent past the check of options.
      `refuse options = * ${OPTIONS.map((option) => `!${option}`).join(" ")} secluded-args`,
    ],
    ...trees.map(({ module, directory, exclude, chmod }) =>
      block(
        `[${word(module, "module")}]`,
        [
          `path = ${word(directory, "directory")}`,
          `exclude = ${exclude.map((name) => word(name, "excluded name")).join(" ")}`,
          `incoming chmod = ${word(chmod, "chmod")}`,
          ...(afterCopy === undefined
            ? []
            : [
                `pre-xfer exec = ${word(afterCopy, "program")}`,
                `post-xfer exec = ${word(afterCopy, "program")}`,
              ]),
        ],
        "indent",
      ),
    ),
  );
}
