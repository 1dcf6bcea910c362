set -eu
aside=${HOMELAB_HA_ASIDE:-/run/keepalived-track/step_aside}
owns() { ip -o address show 2>/dev/null | grep -vE '^[0-9]+: lo .*/(32|128) ' | grep -qF ' 192.168.1.101/'; }
left() { ! owns; }
# keepalived reads it when it is closed, so never half a number.
put() { echo "$1" >"$aside"; }
handover=${HOMELAB_HA_HANDOVER:-/usr/local/bin/keepalived_handover.sh}
# What came of it is in $kept and $lost.
kept= lost=
keep() {
  if [ ! -x "$handover" ]; then
    lost="$handover is not there; run pulumi up"
  elif lost=$("$handover" "$1" "$2" 2>&1); then
    kept=$lost lost=
    return 0
  fi
  return 1
}
await() {
  tries=120
  until "$1"; do
    [ "$tries" -gt 0 ] || return 1
    tries=$((tries - 1))
    sleep 0.05
  done
}
owned=
[ ! -e "$aside.rollout" ] || owned=1
step_back() {
  rm -f /run/systemd/system/*.d/homelab-drain.conf
  [ -e "$aside.rollout" ] || return 0
  owns || keep fetch 70 || echo "traefik: open connections are cut on the way back: $lost" >&2
  put 0
  rm -f "$aside.rollout"
}
trap step_back EXIT
trap 'exit 1' HUP INT TERM
step_aside() {
  owns || return 0
  owned=1
  if [ ! -e "$aside" ]; then
    echo "traefik: keepalived tracks no $aside, so the address cannot leave first; requests are lost until another member has it" >&2
    return 0
  fi
  : >"$aside.rollout"
  keep leave 145 || echo "traefik: open connections are cut: $lost" >&2
  put 1
  await left && return 0
  [ -n "$lost" ] || "$handover" end
  step_back
  echo "traefik: no other member took the address within 6 s (none is healthy, or they stepped aside as well); requests are lost until another member has it" >&2
}
restart_kept() {
  # Also on a member that was master for a while and gave the address back.
  if ! owns && "$handover" holds 2>/dev/null; then
    keep leave 145 || echo "traefik: open connections may be cut: $lost" >&2
    # Idle connections the daemon closes by itself; whoever is being served may end.
    mkdir -p "/run/systemd/system/$1.service.d"
    printf '[Service]\nTimeoutStopSec=75\n' >"/run/systemd/system/$1.service.d/homelab-drain.conf"
    systemctl daemon-reload
  fi
  systemctl restart "$1"
  rm -f "/run/systemd/system/$1.service.d/homelab-drain.conf"
  systemctl daemon-reload
}
systemctl daemon-reload
if [ -e /run/traefik-restart-needed ]; then
  step_aside
  restart_kept traefik
  rm -f /run/traefik-restart-needed
fi
systemctl enable --quiet traefik keepalived
systemctl start traefik keepalived
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
good=0
waited=0
while [ "$good" -lt 6 ]; do
  if fit; then good=$((good + 1)); else good=0; fi
  if [ "$waited" -ge 90 ]; then
    echo "traefik is not healthy after $waited s: ${why:-it did not stay healthy}; the other members are left as they are" >&2
    for unit in traefik keepalived; do journalctl -q -n 10 --no-pager -u "$unit" >&2 || true; done
    exit 1
  fi
  sleep 1
  waited=$((waited + 1))
done
step_back
# Only then is the pair as before, also for whoever looks next.
[ -z "$owned" ] || await owns || true
history=${HOMELAB_HA_HISTORY:-/var/lib/homelab-ha/history}
if systemctl cat traefik-check-watcher.service >/dev/null 2>&1; then
  systemctl disable --quiet --now traefik-check-watcher.service
  for file in /etc/systemd/system/traefik-check-watcher.service /usr/local/bin/watch_traefik.sh; do
    [ -e "$file" ] || continue
    mkdir -p "$history$file"
    mv "$file" "$history$file/$(date +%s%N)"
  done
  systemctl daemon-reload
fi
# A roll-back goes to the files of such a moment.
mkdir -p "$history"
date +%s%N >>"$history/.healthy"
