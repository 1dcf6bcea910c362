set -eu
umask 022
binary=/usr/local/bin/traefik
stamp=/usr/local/lib/traefik.stamp
sum() { sha256sum <"$1" | cut -d ' ' -f 1; }
if [ -x "$binary" ] && [ "$(cat "$stamp" 2>/dev/null)" = "0000000000000000000000000000000000000000000000000000000000000000 $(sum "$binary")" ]; then
  exit 0
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
curl -fsSL --retry 3 --max-time 300 -o "$work/traefik.tar.gz" \
  https://github.com/traefik/traefik/releases/download/v3.5.0/traefik_v3.5.0_linux_amd64.tar.gz
found=$(sum "$work/traefik.tar.gz")
if [ "$found" != 0000000000000000000000000000000000000000000000000000000000000000 ]; then
  echo "traefik 3.5.0: the archive has the checksum $found, expected 0000000000000000000000000000000000000000000000000000000000000000" >&2
  exit 1
fi
tar -xzf "$work/traefik.tar.gz" -C "$work" traefik
install -m 0755 "$work/traefik" "$binary.new"
mv -f "$binary.new" "$binary"
touch /run/traefik-restart-needed
# Last, so that an interrupted run starts over.
printf '%s %s\n' 0000000000000000000000000000000000000000000000000000000000000000 "$(sum "$binary")" >"$work/stamp"
mv -fT "$work/stamp" "$stamp"
