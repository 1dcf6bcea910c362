set -eu
aside=${HOMELAB_HA_ASIDE:-/run/keepalived-track/step_aside}
owns() { ip -o address show 2>/dev/null | grep -vE '^[0-9]+: lo .*/(32|128) ' | grep -qF ' 192.168.1.101/'; }
left() { ! owns; }
# keepalived reads it when it is closed, so never half a number.
put() { echo "$1" >"$aside"; }
await() {
  tries=120
  until "$1"; do
    [ "$tries" -gt 0 ] || return 1
    tries=$((tries - 1))
    sleep 0.05
  done
}
begin=$(date +%s%N)
trap 'put 0; exit 1' HUP INT TERM
put 1
if await left; then
  echo "took $((($(date +%s%N) - begin) / 1000000))"
else
  put 0
  echo "no other member took the address within 6 s; it stays on traefik, as before" >&2
  exit 1
fi
