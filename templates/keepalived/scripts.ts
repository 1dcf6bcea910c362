import { literal } from "../text";
import { STATE_LOG } from "./keepalived";

/** Directory of metrics in the text format of Prometheus, for node-exporter's `--collector.textfile.directory`. */
export const METRICS_DIRECTORY = "/var/lib/homelab-ha/metrics";

/**
 * Reads keepalived's events from the FIFO whose path is the last argument, in order, appends one
 * line per event to the state log, and keeps the state, the number of transitions and the time of
 * the last one as metrics.
 */
export function notifyScript(
  host: string,
  log: string = STATE_LOG,
  metrics: string = METRICS_DIRECTORY,
): string {
  return `#!/bin/bash
# keepalived writes one line per event, e.g.: INSTANCE "traefik" MASTER 200
host=${literal(host, "host")}
log=${literal(log, "state log")}
metrics=${literal(metrics, "metrics directory")}
# Open for writing too, so that a reload of keepalived does not look like the end of the events.
exec 3<>"\${!#}" || exit 1
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
      echo "homelab_keepalived_state{instance=\\"$instance\\",state=\\"$each\\"} $value"
    done
    echo '# HELP homelab_keepalived_transitions_total Changes of state, over restarts.'
    echo '# TYPE homelab_keepalived_transitions_total counter'
    echo "homelab_keepalived_transitions_total{instance=\\"$instance\\"} $((count + 1))"
    echo '# HELP homelab_keepalived_last_transition_timestamp_seconds When the state last changed.'
    echo '# TYPE homelab_keepalived_last_transition_timestamp_seconds gauge'
    echo "homelab_keepalived_last_transition_timestamp_seconds{instance=\\"$instance\\"} $EPOCHSECONDS"
  } >"$file.new" && mv -f "$file.new" "$file"
}

record() {
  local kind instance state priority event
  read -r kind instance state priority <<<"$1"
  [[ $kind == INSTANCE ]] || return 0
  instance=\${instance//\\"/}
  case $state in
    MASTER | BACKUP | FAULT | STOP) event="transitioned to $state" ;;
    *) event="reported $state" ;;
  esac
  # The log is opened for each line, so that it can be rotated.
  printf '%(%FT%T%z)T %s %s (%s, priority %s)\\n' -1 "$host" "$event" "$instance" "$priority" >>"$log"
  [[ $event == reported* ]] || measure "$instance" "$state"
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
while read -r line <&3; do
  record "$line"
  line=''
  [[ -z $ending ]] || finish
done
`;
}
