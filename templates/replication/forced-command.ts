import { word } from "../text";

/** Where the script lies on every host that gets copies. */
export const DOOR_SCRIPT = "/usr/local/bin/traefik-replication-door.sh";

/**
 * The only command that the replication key may run: an rsync that receives files into one of
 * these directories, in the form in which lsyncd asks for it. A copied key of the first member is
 * then no root shell on the others. Options that follow links or name other files are refused.
 */
export function doorScript(directories: readonly string[]): string {
  const allowed = directories
    .map((directory) => word(directory, "directory").replace(/\/*$/, "/"))
    .join(" | ");
  return `#!/bin/sh
# sshd runs this instead of what the replication key asks for.
set -fu
asked=\${SSH_ORIGINAL_COMMAND-}
refuse() {
  printf 'refused: %s\\n' "$asked" >&2
  logger -t traefik-replication -- "refused: $asked" 2>/dev/null
  exit 1
}
case $asked in *[!A-Za-z0-9\\ ./_-]*) refuse ;; esac
# Word splitting is wanted, and names are not expanded.
# shellcheck disable=SC2086
set -- $asked
case $asked in "rsync --server "*) ;; *) refuse ;; esac
[ $# -ge 5 ] || refuse
shift 2
flags=$1
# Short flags, then a dot and what rsync adds about itself: no K, which would follow a link out.
case $flags in -*[!a-zA-Z.]* | *K*.* | *T*.* | --*) refuse ;; -*.*) ;; *) refuse ;; esac
shift
force=
if [ "$1" = --force ]; then
  force=--force
  shift
fi
[ $# -eq 2 ] || refuse
[ "$1" = . ] || refuse
case $2 in ${allowed}) ;; *) refuse ;; esac
exec rsync --server "$flags" \${force:+"$force"} . "$2"
`;
}
