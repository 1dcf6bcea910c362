set -eu
history=${HOMELAB_HA_HISTORY:-/var/lib/homelab-ha/history}
if ip -o address show 2>/dev/null | grep -vE '^[0-9]+: lo .*/(32|128) ' | grep -qF ' 192.168.1.101/'; then echo owner; fi
[ -d "$history" ] || exit 0
[ ! -f "$history/.healthy" ] || sed 's/^/healthy /' "$history/.healthy"
find "$history" -type f -name '[0-9]*' | while read -r version; do
  time=${version##*/}
  folder=${version%/*}
  printf 'change %s %s\n' "${time%.none}" "${folder#"$history"}"
done
