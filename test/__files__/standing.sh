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
fit() {
  for unit in traefik keepalived; do
    systemctl is-active --quiet "$unit" || { why="$unit is not active"; return 1; }
  done
  curl -fsS -o /dev/null --max-time 2 http://127.0.0.1:8080/ping 2>/dev/null ||
    { why="http://127.0.0.1:8080/ping does not answer with 200"; return 1; }
  timeout 2 bash -c '</dev/tcp/192.168.1.101/443' 2>/dev/null ||
    { why="192.168.1.101:443, the virtual address, does not take connections"; return 1; }
}
why=
if owns; then echo owner; fi
if [ -s "$aside" ]; then echo "aside $(head -c 1 "$aside")"; fi
awk -F '"' '/^homelab_keepalived_state/ && / 1$/ { print "state " $4 }' "${HOMELAB_HA_METRICS:-/var/lib/homelab-ha/metrics}/keepalived_traefik.prom" 2>/dev/null || true
if fit; then echo fit; else echo "sick $why"; fi
