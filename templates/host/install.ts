import { word } from "../text";

/** Where the Traefik binary lives; the unit starts it from here. */
export const TRAEFIK_BINARY = "/usr/local/bin/traefik";

/**
 * File whose presence asks for a restart of Traefik. Binary, unit and static configuration all
 * need one; the health step does a single restart for them. It lies below /run, because after a
 * reboot everything runs with what is on disk.
 */
export const TRAEFIK_RESTART_MARK = "/run/traefik-restart-needed";

/** Debian packages that a member needs; does nothing, not even an update, when all are there. */
export function installPackages(packages: readonly string[]): string {
  const names = packages.map((name) => word(name, "package")).join(" ");
  return `set -eu
set --
for package in ${names}; do
  status=$(dpkg-query -W -f '\${db:Status-Status}' "$package" 2>/dev/null) || status=
  [ "$status" = installed ] || set -- "$@" "$package"
done
[ $# -gt 0 ] || exit 0
export DEBIAN_FRONTEND=noninteractive
install() {
  apt-get update -qq &&
    apt-get install -y -qq --no-install-recommends -o DPkg::Lock::Timeout=300 "$@"
}
# The words of apt vary from run to run; only a failure is worth keeping.
words=$(install "$@" 2>&1) || { printf 'packages %s: %s\\n' "$*" "$words" >&2; exit 1; }
`;
}

/** A release of Traefik. */
export interface TraefikRelease {
  version: string;
  /** SHA-256 of the release's archive for linux/amd64, in hexadecimal. @default it must run already */
  sha256?: string;
  /** The same for linux/arm64. @default it must run already on such a host */
  sha256Arm64?: string;
}

/**
 * Puts one release of Traefik in place and asks for a restart; without a checksum nothing is
 * fetched, and a host that has another release is refused. A stamp beside the binary says what
 * it came from, so that a second run and an interrupted one find out what is left to do.
 */
export function installTraefik(release: TraefikRelease): string {
  const version = word(release.version, "version");
  if (release.sha256Arm64 !== undefined) {
    return install(version, {
      choice: choice(version, release),
      ...{ sha256: "$sha256", arch: "$arch" },
    });
  }
  if (release.sha256 === undefined) return expectTraefik(version);
  return install(version, { choice: "", sha256: word(release.sha256, "sha256"), arch: "amd64" });
}

/** Sets `arch` and `sha256` to those of this host's processor, or leaves it to what is installed. */
function choice(version: string, { sha256, sha256Arm64 }: TraefikRelease): string {
  const of = (arch: string, key: string, sum: string | undefined) =>
    sum === undefined
      ? `{ ${versionFound}
    [ "$found" = ${version} ] && exit 0
    echo "${TRAEFIK_BINARY} is \${found:-not there}, expected ${version}; set traefik.${key} to the checksum of the release for linux/${arch}, so that it can be installed, or install it by hand" >&2
    exit 1
  }`
      : `arch=${arch} sha256=${word(sum, key)}`;
  return `case $(uname -m) in
  x86_64) ${of("amd64", "sha256", sha256)} ;;
  aarch64) ${of("arm64", "sha256Arm64", sha256Arm64)} ;;
  *)
    echo "traefik ${version}: there is no checksum for the processor $(uname -m), only for x86_64 and aarch64; install it by hand and leave sha256 and sha256Arm64 out" >&2
    exit 1
    ;;
esac
`;
}

/**
 * @param asset what the host downloads: names of the shell, or texts
 */
function install(
  version: string,
  { choice: before, sha256, arch }: { choice: string; sha256: string; arch: string },
): string {
  return `set -eu
umask 022
${before}binary=${TRAEFIK_BINARY}
stamp=/usr/local/lib/traefik.stamp
sum() { sha256sum <"$1" | cut -d ' ' -f 1; }
if [ -x "$binary" ] && [ "$(cat "$stamp" 2>/dev/null)" = "${sha256} $(sum "$binary")" ]; then
  exit 0
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
curl -fsSL --retry 3 --max-time 300 -o "$work/traefik.tar.gz" \\
  https://github.com/traefik/traefik/releases/download/v${version}/traefik_v${version}_linux_${arch}.tar.gz
found=$(sum "$work/traefik.tar.gz")
if [ "$found" != ${sha256.startsWith("$") ? `"${sha256}"` : sha256} ]; then
  echo "traefik ${version}: the archive has the checksum $found, expected ${sha256}" >&2
  exit 1
fi
tar -xzf "$work/traefik.tar.gz" -C "$work" traefik
install -m 0755 "$work/traefik" "$binary.new"
mv -f "$binary.new" "$binary"
touch ${TRAEFIK_RESTART_MARK}
# Last, so that an interrupted run starts over.
printf '%s %s\\n' ${sha256.startsWith("$") ? `"${sha256}"` : sha256} "$(sum "$binary")" >"$work/stamp"
mv -fT "$work/stamp" "$stamp"
`;
}

const versionFound = `found=$(${TRAEFIK_BINARY} version 2>/dev/null | sed -n 's/^Version: *v\\{0,1\\}//p') || found=`;

function expectTraefik(version: string): string {
  return `set -eu
${versionFound}
[ "$found" = ${version} ] && exit 0
echo "${TRAEFIK_BINARY} is \${found:-not there}, expected ${version}; set traefik.sha256 to the checksum of the release, so that it can be installed, or install it by hand" >&2
exit 1
`;
}

/** Makes the key with which this host reaches the others, once, and prints its public half. */
export function replicationKey(keyFile: string): string {
  const key = word(keyFile, "key file");
  return `set -eu
umask 077
if [ ! -s ${key} ]; then
  mkdir -p "$(dirname ${key})"
  ssh-keygen -q -t ed25519 -N '' -C lsyncd -f ${key}
fi
public=$(ssh-keygen -y -f ${key})
printf '%s\\n' "$public" | cut -d ' ' -f 1,2
`;
}

/**
 * Lets the public key on standard input in, from one address only, without terminal or forwarding,
 * and for one command only. Anything but exactly one public key is refused. A key that was let in for
 * that command before is not any more: the copies have one source. The command gets a mark of key and
 * address as its argument, by which it finds the line of the connection that it serves.
 */
export function authorizeKey(fromAddress: string, command: string): string {
  const from = word(fromAddress, "address");
  const only = word(command, "command");
  return `set -eu
umask 077
key=$(cat)
if ! printf '%s' "$key" | grep -qxE 'ssh-ed25519 [A-Za-z0-9+/]{60,}={0,2}' || [ "$(printf '%s\\n' "$key" | wc -l)" -ne 1 ]; then
  echo "expected one public ssh-ed25519 key on standard input; refuse to authorise anything else" >&2
  exit 1
fi
file=$HOME/.ssh/authorized_keys
mkdir -p "$HOME/.ssh"
touch "$file"
mark=$(printf '%s %s' '${from}' "$key" | sha256sum | cut -c 1-16)
line="restrict,from=\\"${from}\\",command=\\"${only} $mark\\" $key lsyncd"
new=$(mktemp "$file.XXXXXX")
trap 'rm -f "$new"' EXIT
awk -v key="$key" -v only='command="${only}' 'index($0, key) || /^restrict,from=.* lsyncd$/ && (index($0, only "\\"") || index($0, only " ")) { next } { print }' "$file" >"$new"
printf '%s\\n' "$line" >>"$new"
if cmp -s "$new" "$file"; then exit 0; fi
mv -fT "$new" "$file"
`;
}
