#!/bin/bash
# keepalived writes one line per event, e.g.: INSTANCE "traefik" MASTER 200
host='traefik'
device=eth0
vips=(192.168.1.101)
log='/var/log/keepalived-state.log'
metrics='/var/lib/homelab-ha/metrics'
# Open for writing too, so that a reload of keepalived does not look like the end of the events.
exec 3<>"${!#}" || exit 1
mkdir -p "$metrics"

# Counts on from what the file says, so that a restart is no step back.
measure() {
  local instance=$1 state=$2 file=$metrics/keepalived_$1.prom name value each count=0
  [[ $instance == +([A-Za-z0-9_-]) ]] || return 0
  if [[ -r $file ]]; then
    while read -r name value; do
      [[ $name == homelab_keepalived_transitions_total* && $value == +([0-9]) ]] && count=$value
    done <"$file"
  fi
  {
    echo '# HELP homelab_keepalived_state 1 for the state that this member is in.'
    echo '# TYPE homelab_keepalived_state gauge'
    for each in MASTER BACKUP FAULT STOP; do
      value=0
      [[ $each == "$state" ]] && value=1
      echo "homelab_keepalived_state{instance=\"$instance\",state=\"$each\"} $value"
    done
    echo '# HELP homelab_keepalived_transitions_total Changes of state, over restarts.'
    echo '# TYPE homelab_keepalived_transitions_total counter'
    echo "homelab_keepalived_transitions_total{instance=\"$instance\"} $((count + 1))"
    echo '# HELP homelab_keepalived_last_transition_timestamp_seconds When the state last changed.'
    echo '# TYPE homelab_keepalived_last_transition_timestamp_seconds gauge'
    echo "homelab_keepalived_last_transition_timestamp_seconds{instance=\"$instance\"} $EPOCHSECONDS"
  } >"$file.new" && mv -f "$file.new" "$file"
}

record() {
  local kind instance state priority event
  read -r kind instance state priority <<<"$1"
  [[ $kind == INSTANCE ]] || return 0
  instance=${instance//\"/}
  case $state in
    MASTER | BACKUP | FAULT | STOP) event="transitioned to $state" ;;
    *) event="reported $state" ;;
  esac
  # The log is opened for each line, so that it can be rotated.
  printf '%(%FT%T%z)T %s %s (%s, priority %s)\n' -1 "$host" "$event" "$instance" "$priority" >>"$log"
  [[ $event == reported* ]] && return
  measure "$instance" "$state"
  # Whoever is not master has given its addresses up.
  if [[ $state == MASTER ]]; then looking=1; else looking=''; fi
  here=()
  missed=0
  # By now keepalived has added them.
  [[ $state != MASTER ]] || look
}

# Addresses that were here since the last event. One that never came is no loss that a restart mends.
declare -A here=()
looking=1 missed=0
look() {
  local shown vip gone=''
  shown=$(ip -o address show dev "$device" 2>/dev/null) || return 0
  for vip in "${vips[@]}"; do
    if [[ $shown == *" $vip/"* ]]; then here[$vip]=1
    elif [[ -v here[$vip] ]]; then gone=$vip; fi
  done
  [[ -n $gone ]] || { missed=0; return 0; }
  # keepalived may be at it.
  ((++missed >= 2)) || return 0
  printf '%(%FT%T%z)T %s reported that %s is gone from %s, keepalived is restarted\n' -1 "$host" "$gone" "$device" >>"$log"
  here=()
  missed=0
  systemctl --no-block restart keepalived
}

shopt -s extglob
line='' ending=''
finish() {
  while read -r -t 0.2 line <&3; do record "$line"; done
  exit 0
}
# keepalived writes STOP and ends this script at once: take what is still in the FIFO, and never
# stop half-way through a line.
trap 'if [[ -n $line ]]; then ending=1; else finish; fi' TERM
# What a look interrupts in the middle of a line is the start of it.
part=''
while :; do
  read -r ${looking:+-t 1} line <&3
  code=$?
  line=$part$line
  part=''
  if ((code == 0)); then record "$line"
  elif ((code <= 128)); then finish
  elif [[ -n $line ]]; then
    part=$line
    [[ -n $ending ]] || continue
    finish
  elif [[ -z $ending ]]; then look
  fi
  line=''
  [[ -z $ending ]] || finish
done
