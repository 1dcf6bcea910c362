import { literal, word } from "./text";

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
NEW=$directory/.\${target##*/}.new
unread=$directory/.\${target##*/}.unread
export NEW
fail() {
  printf '%s: %s: %s\\n' ${literal(file.host, "host")} "$target" "$1" >&2
  exit 1
}
trap 'rm -f "$NEW"' EXIT
trap 'exit 1' HUP INT TERM
(umask 022 && mkdir -p "$directory")
# A file of this name can only be left from a run that was killed.
rm -f "$NEW"
cat >"$NEW"
[ "$(sha256sum <"$NEW" | cut -d ' ' -f 1)" = ${word(file.sha256, "sha256")} ] || fail 'the text arrived incomplete; the old file stays'
chown ${owner} "$NEW"
chmod ${mode} "$NEW"
same() {
  [ -f "$target" ] && [ ! -L "$target" ] && cmp -s "$NEW" "$target" &&
    [ "$(stat -c '%04a %U:%G' "$target")" = '${mode} ${owner}' ]
}
if ! same; then
${file.test ? testStep(file.test) : ""}  sync "$NEW"
${file.reload ? `  : >"$unread"\n` : ""}  mv -fT "$NEW" "$target"
fi
${file.reload ? reloadStep(file.reload) : ""}`;
}

function testStep(test: string): string {
  return `  words=$( (${command(test, "test")}) 2>&1 ) || fail "its daemon refuses the new text; the old file stays: $words"
`;
}

// The mark outlives a run that was killed between the rename and the reload: without it the next
// run would find the right text and never tell the daemon.
function reloadStep(reload: string): string {
  return `if [ -e "$unread" ]; then
  words=$( (${command(reload, "reload")}) 2>&1 ) || fail "the new text is in place, but the reload failed: $words"
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
