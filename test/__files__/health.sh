set -eu
systemctl daemon-reload
if [ -e /run/traefik-restart-needed ]; then
  systemctl restart traefik
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
# A roll-back goes to the files of such a moment.
history=${HOMELAB_HA_HISTORY:-/var/lib/homelab-ha/history}
mkdir -p "$history"
date +%s%N >>"$history/.healthy"
