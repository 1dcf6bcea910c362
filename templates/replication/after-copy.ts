import { literal, word } from "../text";

/** Program that rsync runs on a member after each copy. */
export const AFTER_COPY_FILE = "/usr/local/bin/service_copied.sh";

/** What makes a service read files that were copied. */
export interface AfterCopy {
  /** Directories whose content decides whether anything changed. */
  directories: readonly string[];
  /** Shell command that fails when the service would refuse the files. @default none */
  test?: string | undefined;
  /** Shell command that makes the service read them. */
  reload: string;
}

/**
 * Reloads the service when the copied files are other ones than at the last reload: rsync tells of
 * every copy, also of one in which nothing was new. What could not be reloaded is tried again with
 * the next copy.
 *
 * @param state file with the checksum of the last reload
 */
export function afterCopyScript(
  { directories, test, reload }: AfterCopy,
  state = "/var/lib/homelab-ha/copied.sum",
): string {
  const paths = directories.map((one) => word(one, "directory")).join(" ");
  const tried =
    test === undefined
      ? ""
      : `if ! words=$(sh -c ${literal(test, "test")} 2>&1); then
  tell "the service would refuse what was copied, and goes on with what it has: $words"
  exit 1
fi
`;
  return `#!/bin/bash
# rsync runs this after each copy, in an empty environment.
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
exec </dev/null >/dev/null 2>&1
state=${word(state, "state file")}
tell() { logger -t service-replication -- "\${1:0:500}"; }

mkdir -p "\${state%/*}"
# One after the other: two directories are copied at the same time.
exec 9>"$state.lock"
flock 9
sum=$(find ${paths} -type f -not -name '.*' -print0 | sort -z | xargs -0 -r sha256sum | sha256sum)
[[ $sum != "$(cat "$state")" ]] || exit 0
${tried}if ! words=$(sh -c ${literal(reload, "reload")} 2>&1); then
  tell "the service did not read what was copied: $words"
  exit 1
fi
printf '%s\\n' "$sum" >"$state"
tell "the service has read what was copied"
`;
}
