#!/bin/bash
# Tries Traefik's dynamic configuration after each change and compares it with the other members.
set -u
host='traefik'
log=/var/log/traefik-config-watcher.log
sum_file=/run/traefik-config/sum
metrics=/var/lib/homelab-ha/metrics/traefik_config.prom
declare -A peers=([traefik-2]=192.168.1.103) since=() drift=() reachable=()

if [[ ${1-} == serve ]]; then
  while IFS= read -r -t 2 line && [[ $line != $'\r' && -n $line ]]; do :; done
  printf 'HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\n'
  cat "$sum_file"
  exit
fi

say() { printf '%(%FT%T%z)T %s %s\n' -1 "$host" "$*" >>"$log"; }

# Names and contents of what has to be the same everywhere; hidden files are half-written ones.
sums() {
  find /etc/traefik/dynamic /etc/traefik/certificates -maxdepth 1 -type f ! -name '.*' ! -name acme.json -print0 |
    LC_ALL=C sort -z | xargs -0 -r sha256sum
}
checksum() { sums | sha256sum | cut -d ' ' -f 1; }

publish() {
  printf '%s\n' "$sum" >"$sum_file.new" && mv -f "$sum_file.new" "$sum_file"
}

valid=1
try() {
  local words before=$valid
  if words=$(/usr/local/bin/traefik-try-config.sh directory 2>&1); then
    valid=1
    ((before)) || say 'Traefik accepts the configuration again'
  else
    valid=0
    say "Traefik refuses the configuration: ${words//$'\n'/; }"
  fi
}

compare() {
  local peer theirs was
  for peer in "${!peers[@]}"; do
    was=${drift[$peer]:-0}
    if theirs=$(curl -fsS --max-time 2 "http://${peers[$peer]}:8081/" 2>/dev/null); then
      reachable[$peer]=1
    else
      # What cannot be asked is neither the same nor different.
      [[ ${reachable[$peer]:-1} == 0 ]] || say "cannot ask $peer for its checksum"
      reachable[$peer]=0
      continue
    fi
    if [[ $theirs == "$sum" ]]; then
      since[$peer]=
      drift[$peer]=0
      [[ $was == 0 ]] || say "the configuration is the same as on $peer again"
      continue
    fi
    [[ -n ${since[$peer]-} ]] || since[$peer]=$EPOCHSECONDS
    drift[$peer]=$((EPOCHSECONDS - since[$peer] >= 62))
    [[ $was == "${drift[$peer]}" ]] ||
      say "the configuration differs from the one on $peer since $((EPOCHSECONDS - since[$peer])) s"
  done
}

reloaded() {
  curl -fsS --max-time 2 "http://127.0.0.1:8080/metrics" 2>/dev/null |
    awk '$1 == "traefik_config_last_reload_success" { printf "%d", $2 }'
}

measure() {
  local peer reload
  reload=$(reloaded)
  {
    echo '# HELP homelab_traefik_config_valid 1 while the installed Traefik accepts the dynamic configuration.'
    echo '# TYPE homelab_traefik_config_valid gauge'
    echo "homelab_traefik_config_valid $valid"
    echo '# HELP homelab_traefik_config_changed_timestamp_seconds When the dynamic configuration changed.'
    echo '# TYPE homelab_traefik_config_changed_timestamp_seconds gauge'
    echo "homelab_traefik_config_changed_timestamp_seconds $changed"
    echo '# HELP homelab_traefik_config_reload_timestamp_seconds When the running Traefik last took a configuration; 0: it does not answer.'
    echo '# TYPE homelab_traefik_config_reload_timestamp_seconds gauge'
    echo "homelab_traefik_config_reload_timestamp_seconds ${reload:-0}"
    echo '# HELP homelab_traefik_config_drift 1 while the configuration differs from that of another member.'
    echo '# TYPE homelab_traefik_config_drift gauge'
    for peer in "${!peers[@]}"; do echo "homelab_traefik_config_drift{peer=\"$peer\"} ${drift[$peer]:-0}"; done
    echo '# HELP homelab_traefik_config_peer_reachable 1 while another member tells its checksum.'
    echo '# TYPE homelab_traefik_config_peer_reachable gauge'
    for peer in "${!peers[@]}"; do echo "homelab_traefik_config_peer_reachable{peer=\"$peer\"} ${reachable[$peer]:-0}"; done
  } >"$metrics.new" && mv -f "$metrics.new" "$metrics"
}

mkdir -p "${metrics%/*}" /etc/traefik/dynamic /etc/traefik/certificates

pem=
waiting=
certificates() {
  local now pair certificate key public
  # Not what a link points to.
  [[ -L /etc/traefik/certificates ]] || chmod 700 /etc/traefik/certificates
  find /etc/traefik/certificates -maxdepth 1 -type f -name '*.key' ! -perm 600 -exec chmod 600 {} +
  now=$(find /etc/traefik/certificates -maxdepth 1 -type f ! -name '.*' -print0 | LC_ALL=C sort -z | xargs -0 -r sha256sum)
  [[ $now != "$pem" ]] || return 0
  for pair in _.internal.example.org.crt:_.internal.example.org.key grafana.example.org.crt:grafana.example.org.key; do
    certificate=/etc/traefik/certificates/${pair%%:*} key=/etc/traefik/certificates/${pair##*:}
    public=$(openssl x509 -in "$certificate" -noout -pubkey 2>/dev/null)
    [[ -n $public && $public == "$(openssl pkey -in "$key" -pubout 2>/dev/null)" ]] && continue
    [[ $now == "$waiting" ]] || say "$certificate and $key are not there or do not belong together"
    waiting=$now
    return 0
  done
  say 'new certificates: Traefik reads them'
  pem=$now
  touch /etc/traefik/dynamic/certificates.yml
}
last=
changed=$EPOCHSECONDS
while :; do
  certificates
  sum=$(checksum)
  if [[ $sum != "$last" ]]; then
    [[ -z $last ]] || changed=$EPOCHSECONDS
    last=$sum
    publish
    try
  fi
  compare
  measure
  inotifywait -qq -t 15 -e close_write,move,delete /etc/traefik/dynamic /etc/traefik/certificates
  # 0: something happened, 2: nothing did; else there is no watch to be had, so look now and then.
  case $? in
    0) sleep 1 ;;
    2) ;;
    *) sleep 15 ;;
  esac
done
