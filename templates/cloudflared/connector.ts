import { unit } from "../host/systemd";
import { word } from "../text";

/** Where the program lies; every tunnel of a host runs the same. */
export const CLOUDFLARED_BINARY = "/usr/local/bin/cloudflared";

/** A release of cloudflared. */
export interface CloudflaredRelease {
  version: string;
  /** SHA-256 of the program for linux/amd64. @default it must run already on such a host */
  sha256?: string | undefined;
  /** The same for linux/arm64. @default likewise */
  sha256Arm64?: string | undefined;
}

/** Files of one tunnel on a host. */
export function connectorPaths(tunnel: string): { unit: string; environment: string } {
  const name = word(tunnel, "tunnel");
  return { unit: `cloudflared-${name}.service`, environment: `/etc/cloudflared/${name}.env` };
}

/**
 * Puts one release in place. Nothing is fetched without a checksum, and a running tunnel keeps its
 * program until its unit is restarted.
 */
export function installCloudflared(release: CloudflaredRelease): string {
  const version = word(release.version, "version");
  const of = (arch: string, key: string, sum: string | undefined) =>
    sum === undefined
      ? `{ echo "${CLOUDFLARED_BINARY} is \${found:-not there}, expected ${version}; set connectors.${key} to the checksum of cloudflared-linux-${arch}, so that it can be installed, or install it by hand" >&2; exit 1; }`
      : `arch=${arch} sha256=${word(sum, key)}`;
  return `set -eu
umask 022
binary=${CLOUDFLARED_BINARY}
found=$("$binary" --version 2>/dev/null | sed -nE 's/^cloudflared version ([0-9.]*).*/\\1/p') || found=
[ "$found" = ${version} ] && exit 0
case $(uname -m) in
  x86_64) ${of("amd64", "sha256", release.sha256)} ;;
  aarch64) ${of("arm64", "sha256Arm64", release.sha256Arm64)} ;;
  *)
    echo "cloudflared ${version}: there is no checksum for the processor $(uname -m), only for x86_64 and aarch64; install it by hand" >&2
    exit 1
    ;;
esac
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
curl -fsSL --retry 3 --max-time 300 -o "$work/cloudflared" \\
  https://github.com/cloudflare/cloudflared/releases/download/${version}/cloudflared-linux-$arch
sum=$(sha256sum <"$work/cloudflared" | cut -d ' ' -f 1)
if [ "$sum" != "$sha256" ]; then
  echo "cloudflared ${version}: the program has the checksum $sum, expected $sha256" >&2
  exit 1
fi
install -m 0755 "$work/cloudflared" "$binary.new"
mv -f "$binary.new" "$binary"
`;
}

/** The tunnel's token as systemd reads it: it is on no command line. */
export function connectorEnvironment(token: string): string {
  if (!/^[A-Za-z0-9+/=_-]+$/.test(token)) {
    throw new Error("the tunnel's token has characters that no token of Cloudflare has");
  }
  return `TUNNEL_TOKEN=${token}\n`;
}

/**
 * Unit of one tunnel. A connector that lost Cloudflare dials again by itself; one that ended is
 * started again, for ever. No sandbox setting, since those need mount namespaces that an
 * unprivileged container may not have; the process is nobody's but its own.
 */
export function connectorUnit(tunnel: string, metricsPort: number): string {
  const { environment } = connectorPaths(tunnel);
  return unit(`Holds the tunnel ${word(tunnel, "tunnel")} open.`, {
    Unit: {
      Description: `cloudflared for the tunnel ${tunnel}`,
      After: "network-online.target",
      Wants: "network-online.target",
      StartLimitIntervalSec: 0,
    },
    Service: {
      EnvironmentFile: environment,
      ExecStart: `${CLOUDFLARED_BINARY} tunnel --no-autoupdate --metrics 127.0.0.1:${word(metricsPort, "port")} run`,
      User: "nobody",
      Restart: "always",
      RestartSec: 5,
      // Requests under way are ended within cloudflared's own grace period.
      TimeoutStopSec: 40,
    },
    Install: { WantedBy: "multi-user.target" },
  });
}

/**
 * Waits until the connector of a host is connected to Cloudflare (`/ready` is 200 then), and
 * restarts one that still runs another release.
 */
export function connectorHealth(tunnel: string, metricsPort: number, version: string): string {
  const { unit: name } = connectorPaths(tunnel);
  const at = `http://127.0.0.1:${word(metricsPort, "port")}`;
  return `set -eu
runs() { curl -fsS -m 3 ${at}/metrics 2>/dev/null | sed -nE 's/^build_info[{].*version="([^"]*)".*/\\1/p'; }
now=$(runs) || now=
if [ -n "$now" ] && [ "$now" != ${word(version, "version")} ]; then systemctl restart ${name}; fi
for _ in $(seq 1 30); do
  if curl -fsS -m 3 -o /dev/null ${at}/ready 2>/dev/null; then exit 0; fi
  sleep 2
done
echo "${name} is not connected to Cloudflare after a minute; read: journalctl -u ${name} -n 50" >&2
exit 1
`;
}

/**
 * Asks a host how its connector stands; changes nothing. `/ready` is 200 with a connection to
 * Cloudflare, 503 without one, and 000 stands for no answer.
 */
export function connectorQuestion(tunnel: string, metricsPort: number): string {
  const { unit: name } = connectorPaths(tunnel);
  return `echo "unit $(systemctl is-active ${name})"
echo "ready $(curl -sS -m 3 -o /dev/null -w '%{http_code}' http://127.0.0.1:${word(metricsPort, "port")}/ready 2>/dev/null)"
`;
}
