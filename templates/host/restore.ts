import { isWithin, TRAEFIK_STATIC_FILE } from "../../model/host/paths";
import { CHECK_DIRECTORY } from "../keepalived/keepalived";
import { LSYNCD_FOLDER } from "../replication/lsyncd";
import { literal, word } from "../text";
import { TRY_SCRIPT } from "../traefik/trial";

/** What puts the files of a backup on a host. */
export interface RestoreScript {
  /** Name of the host, for messages. */
  host: string;
  /** SHA-256 of the archive on standard input, which is a tar archive in base64. */
  sha256: string;
  /** Paths of the archive, relative to the root. */
  paths: readonly string[];
  /** Units that stop before any file changes, in this order; keepalived first, so that the address leaves. */
  units: readonly string[];
}

/** Directory for what a restore has in hand; below one that only root may enter. */
const BASE = "/var/lib/homelab-ha";

/**
 * POSIX shell that puts the archive on its standard input in place of what is there, or leaves
 * everything as it was: each daemon reads its own files before anything is started. Nothing is started
 * here; what ran before runs again only when the files are refused.
 *
 * What comes in was judged by `judgeArchive`: it is trusted to be files and directories of this member.
 */
export function restoreScript({ host, sha256, paths, units }: RestoreScript): string {
  const name = word(host, "host");
  return `set -eu
umask 077
export LC_ALL=C
root=\${HOMELAB_HA_ROOT:-}
base=$root${BASE}
fail() { printf '%s: %s\\n' ${name} "$1" >&2; exit 1; }
(umask 022 && mkdir -p "$base")
exec 9<"$base"
flock -n 9 || fail 'another restore is under way here; nothing was changed'
work=$(mktemp -d "$base/restore.XXXXXX")
running=
stopped=
kept=
leave() {
  code=$?
  trap - EXIT
  [ -z "$stopped" ] || undo || kept=1
  [ -n "$kept" ] || rm -rf "$work"
  exit "$code"
}
trap leave EXIT
trap 'exit 1' HUP INT TERM
# Who asked may be gone when it comes to the answer; then nobody would start what was stopped.
trap '' PIPE
base64 -d >"$work/new.tar" || fail 'the archive cannot be stored; nothing was changed'
[ "$(sha256sum <"$work/new.tar" | cut -d ' ' -f 1)" = ${word(sha256, "sha256")} ] || fail 'the archive arrived incomplete; nothing was changed'
cat >"$work/names" <<'END-OF-NAMES'
${[...paths].sort().map(plainPath).join("\n")}
END-OF-NAMES
cd "$root/"
undo() {
  # A second signal must not end this in the middle.
  trap '' HUP INT TERM
  stopped=
  back=0
  if [ -s "$work/old.tar" ]; then
    comm -23 "$work/names" "$work/there" | sort -r | while IFS= read -r path; do
      if [ -d "$path" ] && [ ! -L "$path" ]; then rmdir "$path" 2>/dev/null || true; else rm -f "$path"; fi
    done
    tar --extract --preserve-permissions --file="$work/old.tar" || back=1
    systemctl daemon-reload || true
  fi
  for unit in $running; do systemctl start "$unit" || true; done
  return "$back"
}
refuse() {
  if undo; then fail "$1, so everything is as it was: $2"; fi
  kept=1
  fail "$1, and not everything could be put back; the old files are in $work/old.tar: $2"
}
stopped=1
for unit in ${units.map((unit) => word(unit, "unit")).join(" ")}; do
  if systemctl is-active --quiet "$unit"; then running="$unit $running"; fi
  systemctl stop "$unit" >/dev/null 2>&1 || true
done
while IFS= read -r path; do
  if [ -e "$path" ] || [ -L "$path" ]; then printf '%s\\n' "$path"; fi
done <"$work/names" >"$work/there"
# A name with a backslash is that name, and no character in octal.
tar --create --no-recursion --no-unquote --verbatim-files-from --file="$work/old.part" --files-from="$work/there" ||
  fail 'what is there cannot be put aside; nothing was changed, and what ran runs again'
mv "$work/old.part" "$work/old.tar"
if ! words=$( (umask 022 && tar --extract --preserve-permissions --numeric-owner --file="$work/new.tar") 2>&1 ); then
  refuse 'the files cannot be put in place' "$words"
fi
check() {
  file=$1
  [ -e "$file" ] || return 0
  shift
  words=$( ("$@") 2>&1 ) && return 0
  refuse "/$file is refused" "$words"
}
${checksOf(paths).join("\n")}
printf 'restored %s\\n' "$(wc -l <"$work/names")" 2>/dev/null || refuse 'who asked for it is gone' 'no answer is taken'
stopped=
`;
}

/** A path that stands in a line by itself; `judgeArchive` let it through, so this is a mistake of ours. */
function plainPath(path: string): string {
  if (/\p{C}/u.test(path) || path.startsWith("/") || path === "END-OF-NAMES") {
    throw new Error(`path: found ${JSON.stringify(path)}, expected one line without a first slash`);
  }
  return path;
}

/** Calls of `check`, scripts first: keepalived looks at those that its configuration names. */
function checksOf(paths: readonly string[]): string[] {
  const has = (path: string) => paths.includes(path.slice(1));
  const check = (path: string, ...command: string[]) =>
    has(path) ? [`check ${literal(path.slice(1), "path")} ${command.join(" ")}`] : [];
  const quoted = (path: string) => `"$root"${literal(path, "path")}`;
  const scripts = paths.filter((path) => isWithin(`/${path}`, "/usr/local/bin"));
  const units = paths.filter((path) => /^etc\/systemd\/system\/[^/@]+\.service$/.test(path));
  const conf = "/etc/keepalived/keepalived.conf";
  const haproxy = "/etc/haproxy/haproxy.cfg";
  const lua = `${LSYNCD_FOLDER}/lsyncd.conf.lua`;
  return [
    ...scripts.map((path) => `check ${literal(path, "path")} bash -n ${quoted(`/${path}`)}`),
    ...check(TRAEFIK_STATIC_FILE, quoted(TRY_SCRIPT), "static", quoted(TRAEFIK_STATIC_FILE)),
    ...units.map(
      (path) =>
        `check ${literal(path, "path")} systemd-analyze verify --recursive-errors=no ${quoted(`/${path}`)}`,
    ),
    ...check(lua, "luac5.3", "-p", quoted(lua)),
    ...check(haproxy, "haproxy", "-c", "-dW", "-f", quoted(haproxy)),
    // keepalived forgets a tracked file whose directory is not there.
    ...(has(conf) ? [`install -d "$root"${word(CHECK_DIRECTORY, "directory")}`] : []),
    ...check(conf, "keepalived", "-t", "-f", quoted(conf)),
  ];
}

/** What Traefik says against the dynamic directory as it is now; exit code 1 when it says something. */
export const directoryQuestion = `"\${HOMELAB_HA_ROOT:-}${TRY_SCRIPT}" directory`;

/**
 * Prints what is on a host before anything is restored: `files` when keepalived's configuration is
 * there.
 */
export const freshQuestion = `[ ! -e "\${HOMELAB_HA_ROOT:-}/etc/keepalived/keepalived.conf" ] || echo files`;

/**
 * POSIX shell that gives a host the host keys on its standard input (a tar archive in base64) and
 * lets the first member's key in again. The connection that runs it stays; the next one meets the
 * host that the stack knows.
 *
 * @param host name of the host, for messages
 * @param home home of the user who logs in
 * @param lines lines of `authorized_keys` that only the copies need
 */
export function identityScript(host: string, home: string, lines: readonly string[]): string {
  const folder = `"\${HOMELAB_HA_ROOT:-}"${word(home, "home")}/.ssh`;
  return `set -eu
umask 077
root=\${HOMELAB_HA_ROOT:-}
fail() { printf '%s: %s\\n' ${word(host, "host")} "$1" >&2; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
mkdir -p ${folder}
file=${folder}/authorized_keys
touch "$file"
for line in ${lines.map((line) => literal(line, "line")).join(" ")}; do
  grep -qxF "$line" "$file" || printf '%s\\n' "$line" >>"$file"
done
base64 -d >"$work/keys.tar"
[ -s "$work/keys.tar" ] || exit 0
mkdir "$work/old"
cp -p "$root"/etc/ssh/ssh_host_* "$work/old/" 2>/dev/null || true
tar --extract --preserve-permissions --numeric-owner --file="$work/keys.tar" --directory="$root/"
if ! words=$(sshd -t 2>&1); then
  cp -p "$work/old/"* "$root/etc/ssh/"
  fail "sshd refuses the host keys of the backup, so it keeps its own: $words"
fi
systemctl reload-or-restart ssh
`;
}
