#!/bin/bash
# keepalived writes one line per event, e.g.: INSTANCE "traefik" MASTER 200
host='traefik'
log='/var/log/keepalived-state.log'
# Open for writing too, so that a reload of keepalived does not look like the end of the events.
exec 3<>"${!#}" || exit 1

record() {
  local kind instance state priority event
  read -r kind instance state priority <<<"$1"
  [[ $kind == INSTANCE ]] || return 0
  case $state in
    MASTER | BACKUP | FAULT | STOP) event="transitioned to $state" ;;
    *) event="reported $state" ;;
  esac
  # The log is opened for each line, so that it can be rotated.
  printf '%(%FT%T%z)T %s %s (%s, priority %s)\n' -1 "$host" "$event" "${instance//\"/}" "$priority" >>"$log"
}

# keepalived writes STOP and ends this script at once: take what is still in the FIFO.
trap 'while read -r -t 0.2 line <&3; do record "$line"; done; exit 0' TERM
while read -r line <&3; do record "$line"; done
