import { literal, word } from "../text";

/** One file on one host. */
export interface HostFileScript {
  /** Name of the host, for messages. */
  host: string;
  /** Absolute path of the file. */
  path: string;
  /** SHA-256 of the content, in hexadecimal. */
  sha256: string;
  /** Access mode as four octal digits, e.g. `0644`. */
  mode: string;
  /** Owner and group, e.g. `root:root`. */
  owner: string;
  /** Shell command that fails when the daemon would refuse the new file, whose path is in `$NEW`. */
  test?: string;
  /** Shell command that makes the daemon read the new file. */
  reload?: string;
}

/**
 * Where a host keeps the older versions of a file: one folder for each file, below this one, with a
 * file for each version, named after the nanosecond at which it was replaced (`.none` is added where
 * there was no file). The variable is for tests, which must not write where a host does.
 */
export const HISTORY = `\${HOMELAB_HA_HISTORY:-/var/lib/homelab-ha/history}`;

/** Versions of a file that a host keeps. */
const KEPT = 10;

/** Where a script of {@link hostFileScript} puts its text. */
export type PlacedText = Pick<HostFileScript, "host" | "path" | "mode" | "owner">;

/** Which text a script puts where; undefined for a script of another kind. */
export function textOfScript(
  script: string,
): Pick<HostFileScript, "host" | "path" | "sha256"> | undefined {
  const found = /^# file (\S+) on (\S+), sha256 ([0-9a-f]{64})$/m.exec(
    script.split("\n", 1)[0] ?? "",
  );
  const [, path, host, sha256] = found ?? [];
  if (path === undefined || host === undefined || sha256 === undefined) return undefined;
  return { host, path, sha256 };
}

/** Reads where a script puts its text; undefined for a script of another kind. */
export function placeOfScript(script: string): PlacedText | undefined {
  const [, path, host] = /^# file (\S+) on (\S+), sha256 /.exec(script) ?? [];
  const [, mode, owner] =
    /^ {4}\[ "\$\(stat -c '%04a %U:%G' "\$target"\)" = '(\d{4}) (\S+)' \]$/m.exec(script) ?? [];
  if (path === undefined || host === undefined || mode === undefined || owner === undefined) {
    return undefined;
  }
  return { host, path, mode, owner };
}

/**
 * POSIX shell that puts the text on its standard input in place, or leaves everything as it is:
 * nothing half-written, untested or unreadable is ever seen under the real name. It prints nothing
 * when it succeeds, so an undisturbed and a repeated run leave the same state.
 */
export function hostFileScript(file: HostFileScript): string {
  const mode = octal(file.mode);
  const owner = ownership(file.owner);
  return `# file ${word(file.path, "path")} on ${word(file.host, "host")}, sha256 ${word(file.sha256, "sha256")}
set -eu
umask 077
target=${literal(file.path, "path")}
directory=\${target%/*}
NEW=
unread=$directory/.\${target##*/}.unread
history=${HISTORY}$target
export NEW
fail() {
  printf '%s: %s: %s\\n' ${literal(file.host, "host")} "$target" "$1" >&2
  exit 1
}
words=$( (umask 022 && mkdir -p "$directory") 2>&1 ) || fail "its directory cannot be made: $words"
# The run of a connection that broke may still be at work.
exec 9<"$directory"
flock -w 60 9 || fail 'another run has been at work here for more than 60 s; the old file stays'
trap '[ -z "$NEW" ] || rm -f "$NEW"' EXIT
trap 'exit 1' HUP INT TERM
# Such a file can only be left from a run that was killed.
rm -f "$directory/.\${target##*/}.new" "$directory/.\${target##*/}".??????.new
# A file of its own, which is never one, or a link, that was there before.
NEW=$(mktemp "$directory/.\${target##*/}.XXXXXX.new" 2>&1) || { words=$NEW NEW=; fail "the text cannot be stored; the old file stays: $words"; }
words=$( { cat >"$NEW"; } 2>&1 ) || fail "the text cannot be stored; the old file stays: $words"
[ "$(sha256sum <"$NEW" | cut -d ' ' -f 1)" = ${word(file.sha256, "sha256")} ] || fail 'the text arrived incomplete; the old file stays'
words=$( { chown ${owner} "$NEW" && chmod ${mode} "$NEW"; } 2>&1 ) || fail "owner and mode cannot be set; the old file stays: $words"
same() {
  [ -f "$target" ] && [ ! -L "$target" ] && cmp -s "$NEW" "$target" &&
    [ "$(stat -c '%04a %U:%G' "$target")" = '${mode} ${owner}' ]
}
${keepFunction(file)}${file.reload ? MARK_FUNCTION : ""}replaced=
if ! same; then
${file.test ? testStep(file.test) : ""}  replaced=$history/$(date +%s%N)
  words=$( { keep${file.reload ? " && mark" : ""} && sync "$NEW"; } 2>&1 ) || fail "the old version cannot be kept, so the old file stays: $words"
  mv -fT "$NEW" "$target"
fi
${file.reload ? reloadStep(file.reload) : ""}`;
}

// By a rename, which replaces whatever lies there and follows no link.
const MARK_FUNCTION = `mark() {
  fresh=$(mktemp "$unread.XXXXXX") && mv -fT "$fresh" "$unread"
}
`;

// With the version goes how it is tested and reloaded: a roll-back knows nothing else of the file.
function keepFunction({ test = "", reload = "" }: HostFileScript): string {
  return `# shellcheck disable=SC2016 # kept as they are: they run at a roll-back
keep() {
  mkdir -p "$history" &&
    printf '%s' ${literal(test, "test")} >"$history/.test" &&
    printf '%s' ${literal(reload, "reload")} >"$history/.reload" &&
    if [ -e "$target" ]; then
      cp -pL "$target" "$history/.partial" && mv "$history/.partial" "$replaced"
    else
      : >"$replaced.none"
    fi &&
    find "$history" -name '[0-9]*' | sort | head -n -${KEPT} | xargs -r rm -f
}
`;
}

function testStep(test: string): string {
  return `  words=$( (${command(test, "test")}) 9<&- 2>&1 ) || case $? in
    126 | 127) fail "it cannot be tested, so the old file stays; put back what is missing, then run up again: $words" ;;
    *) fail "its daemon refuses the new text; the old file stays: $words" ;;
  esac
`;
}

// The mark outlives a run that was killed between the rename and the reload: without it the next
// run would find the right text and never tell the daemon. After a reload that failed the old text
// is live again, as the engine believes after a failed update: who then takes the change back is
// left with what he had.
function reloadStep(reload: string): string {
  const step = `(${command(reload, "reload")}) 9<&-`;
  return `if [ -e "$unread" ]; then
  if ! words=$( ${step} 2>&1 ); then
    if [ -n "$replaced" ] && [ -e "$replaced" ]; then
      { cp -p --remove-destination "$replaced" "$NEW" && mv -fT "$NEW" "$target" && rm -f "$replaced"; } 2>/dev/null || fail "the reload failed, and the old text cannot be put back: $words"
      ${step} >/dev/null 2>&1 || fail "the reload failed, also with the old text, which is back: $words"
      rm -f "$unread"
      fail "the reload failed, so the old text is back: $words"
    fi
    fail "the new text is in place, but the reload failed: $words"
  fi
  rm -f "$unread"
fi
`;
}

function command(text: string, what: string): string {
  if (text.trim() === "" || /[\n\r\0]/.test(text)) {
    throw new Error(`${what}: found ${JSON.stringify(text)}, expected a command of one line`);
  }
  return text;
}

function octal(mode: string): string {
  if (/^0[0-7]{3}$/.test(mode)) return mode;
  throw new Error(`mode: found ${JSON.stringify(mode)}, expected four octal digits such as 0644`);
}

function ownership(owner: string): string {
  if (/^[a-z_][a-z0-9_-]*:[a-z_][a-z0-9_-]*$/.test(owner)) return owner;
  throw new Error(`owner: found ${JSON.stringify(owner)}, expected user:group, e.g. root:root`);
}
