import { literal, word } from "../text";

/** Program that rsync runs on a member before and after each copy. */
export const AFTER_COPY_FILE = "/usr/local/bin/service_copied.sh";

/** What became of the last copy, in one word: `read`, `refused` by the test, or `unread`. */
export const COPIED_STATE = "/var/lib/homelab-ha/copied.state";

/** Seconds after which a test or a reload that hangs is ended. */
const LIMIT_SEC = 120;

/** What makes a service read files that were copied. */
export interface AfterCopy {
  /** Directories whose content decides whether anything changed. */
  directories: readonly string[];
  /** Names in them that are not copied, as patterns of rsync; hidden ones are not either. @default none */
  exclude?: readonly string[];
  /** Shell command that fails when the service would refuse the files. @default none */
  test?: string | undefined;
  /** Shell command that makes the service read them. */
  reload: string;
}

/**
 * Reloads the service when the copied files are other ones than at the last reload: rsync tells of
 * every copy, also of one in which nothing was new. What could not be reloaded is tried again with
 * the next copy. What drifted here is seen before a copy repairs it: the service may have read it.
 *
 * @param state file with the last result; the checksum of the last reload and a lock lie beside it
 */
export function afterCopyScript(copied: AfterCopy, state = COPIED_STATE): string {
  const { test, reload } = copied;
  const tried =
    test === undefined
      ? ""
      : `if ! run ${literal(test, "test")}; then
  result refused "the service would refuse what was copied, and goes on with what it has: $words"
  exit 1
fi
`;
  return `#!/bin/bash
# rsync runs this before and after each copy, in an empty environment.
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C
exec </dev/null >/dev/null 2>&1
state=${word(state, "state file")}
sum=$state.sum
result() {
  echo "$1" >"$state"
  timeout 5 logger -t service-replication -- "\${2:0:500}"
}
# Neither the lock nor the output may be held by what the command leaves running.
run() {
  timeout -k 5 ${LIMIT_SEC} sh -c "$1" >"$state.words" 2>&1 9>&-
  local code=$?
  words=$(head -c 400 "$state.words" | tr -c ' -~' ' ')
  [[ $code != 124 && $code != 137 ]] || words="it took more than ${LIMIT_SEC} s. $words"
  return $code
}
content() {
  {
${copied.directories.map((directory) => `    ${found(directory, copied.exclude ?? [])}`).join("\n")}
  } | sort -z | xargs -0 -r sha256sum | sha256sum
}

mkdir -p "\${state%/*}"
# One after the other: two directories are copied at the same time.
exec 9>"$state.lock"
flock 9
# Before a copy there is no status yet.
if [[ -z \${RSYNC_EXIT_STATUS-} ]]; then
  [[ $(content) == "$(cat "$sum")" ]] || rm -f "$sum"
  exit 0
fi
# Of a copy that broke off only a part is there; lsyncd makes it again.
case $RSYNC_EXIT_STATUS in 0 | 23 | 24) ;; *) exit 0 ;; esac
now=$(content)
if [[ $now == "$(cat "$sum")" ]]; then
  echo read >"$state"
  exit 0
fi
${tried}if ! run ${literal(reload, "reload")}; then
  result unread "the service did not read what was copied: $words"
  exit 1
fi
printf '%s\\n' "$now" >"$sum"
result read "the service has read what was copied"
`;
}

/**
 * Shell command that fails where one of the directories is missing: rsync would be refused for ever, and
 * only lsyncd's log would say so.
 */
export function directoriesThere(directories: readonly string[]): string {
  const all = directories.map((one) => word(one, "directory")).join(" ");
  return `for one in ${all}; do [ -d "$one" ] || { echo "found no directory $one, which is copied; install the service here first" >&2; exit 1; }; done`;
}

/** Command that prints the names of the copied files in a directory, each with a zero byte behind it. */
function found(directory: string, exclude: readonly string[]): string {
  const at = word(directory, "directory");
  const left = exclude.map((pattern) => {
    const name = word(pattern.replace(/^\//, ""), "excluded name");
    return pattern.startsWith("/")
      ? `-path '${at}/${name}' -not -path '${at}/*/*'`
      : `-name '${name}'`;
  });
  const pruned = ["-name '.*'", ...left].map((one) => `\\( ${one} \\) -prune -o`).join(" ");
  return `find ${at} -mindepth 1 ${pruned} -type f -print0`;
}
