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
if [ -e "$aside" ]; then put 0; fi
rm -f "$aside.rollout"
if await owns; then
  echo "took $((($(date +%s%N) - begin) / 1000000))"
else
  echo "traefik may have the address again, but did not take it within 6 s" >&2
  exit 1
fi
