import { CHECK_DIRECTORY } from "../keepalived/keepalived";
import type { Probe } from "../keepalived/probe";
import { word } from "../text";

/** A watcher that asks a daemon on its own host more often than keepalived 2.2.7 can. */
export interface CheckWatcher {
  /** Name of the daemon, for the reader. */
  daemon: string;
  probe: Probe;
  /** keepalived's own check, which is run where bash cannot ask by itself. */
  script: string;
  /** Seconds between two questions. */
  intervalSec: number;
  /** Seconds to wait for an answer, of HTTP for its first line. */
  timeoutSec: number;
  /** Failures in a row after which the file says so. */
  fall: number;
  /** Successes in a row after which it says good again. */
  rise: number;
}

/** Milliseconds by which a watcher runs late on a host that has a processor for it. */
const USUAL_MS = 50;

/** Rounds in a row in which a host without a processor may excuse its service. */
const EXCUSED = 5;

/** What a round says when no answer came in time; any other failure is one whenever it is seen. */
const SILENT = 2;

/** File in which keepalived reads the watcher's verdict; below /run, so that none outlives a boot. */
export function trackedFile(daemon: string): string {
  return `${CHECK_DIRECTORY}/${word(daemon, "daemon")}`;
}

/**
 * Asks as `checkScript` does, and writes 1 (good) or 0 into the tracked file, only when that
 * changes. With HTTP a round starts no program: bash speaks it itself and pauses in a read that
 * nothing answers. One byte is written over one byte, so that no reader ever sees half a verdict.
 *
 * A silent round in which the watcher itself was not run in time says nothing of the service, which
 * waited for the same processor: an address that is given up then may have nobody to go to. It is not
 * counted, a few times at most until the service is as well again as one has to be that returns. Only the
 * watcher's own pauses make it late; how long a connection or a script takes is the service's affair.
 *
 * `failed` as argument only writes 0: systemd runs it so when the watcher has ended, however it
 * ended. SIGHUP starts the new text of the script without a word in the file.
 */
export function checkWatcherScript(
  watcher: CheckWatcher,
  file = trackedFile(watcher.daemon),
): string {
  const microseconds = Math.round(watcher.intervalSec * 1e6);
  return `#!/bin/bash
# Writes 1 into the file while ${whatIsFit(watcher)}, else 0.
file=${word(file, "tracked file")}
interval=${microseconds}
timeout=${Math.round(watcher.timeoutSec * 1e6)}
tell() { printf %s "$1" 1<>"$file"; }

if [[ $1 == failed ]]; then
  tell 0
  exit
fi

trap '' PIPE
trap 'exec "$0" keep' HUP
good=0
if [[ $1 == keep && -s $file ]]; then read -r -n 1 good <"$file"; else tell 0; fi
# A pipe into which nobody writes: reading from it is a pause.
exec 4<> <(:)

${fitFunction(watcher)}

same=0
excused=0
well=0
next=\${EPOCHREALTIME/[.,]/}
while :; do
  late=$((\${EPOCHREALTIME/[.,]/} - next))
  fit
  found=$?
  clock=\${EPOCHREALTIME/[.,]/}
  now=$((found == 0))
  well=$((now ? well + 1 : 0))
  ((well < ${word(watcher.rise, "rise")})) || excused=0
  if ((good && found == ${SILENT} && late > ${USUAL_MS * 1000} && excused < ${EXCUSED})); then
    ((++excused))
  elif ((now == good)); then
    same=0
  elif ((++same >= (good ? ${word(watcher.fall, "fall")} : ${word(watcher.rise, "rise")}))); then
    good=$now
    same=0
    tell "$good"
  fi
  # Rounds keep their beat; one that took too long skips beats.
  next=$((next + interval * ((clock - next) / interval + 1)))
  # The clock was set back.
  ((next > clock + interval)) && next=$((clock + interval))
  printf -v pause '%d.%06d' $(((next - clock) / 1000000)) $(((next - clock) % 1000000))
  read -r -t "$pause" <&4
done
`;
}

function whatIsFit({ daemon, probe, script }: CheckWatcher): string {
  const name = word(daemon, "daemon");
  return probe.kind === "http"
    ? `${name} on this host answers ${word(probe.path, "path")} with ${probe.status ?? 200}`
    : `${word(script, "script")} says that ${name} on this host is fit`;
}

function fitFunction({ probe, timeoutSec, script }: CheckWatcher): string {
  const timeout = word(timeoutSec, "timeout");
  if (probe.kind !== "http") {
    return `fit() {
  timeout ${timeout} ${word(script, "script")}
  local status=$?
  ((status != 124)) || return ${SILENT}
  ((status == 0))
} >/dev/null 2>&1`;
  }
  return `fit() {
  local status=
  exec 3<>/dev/tcp/127.0.0.1/${word(probe.port, "port")} || return 1
  printf 'GET ${word(probe.path, "path")} HTTP/1.0\\r\\nHost: localhost\\r\\n\\r\\n' >&3
  local asked=\${EPOCHREALTIME/[.,]/} over
  IFS= read -r -t ${timeout} status <&3
  local end=$?
  over=$((\${EPOCHREALTIME/[.,]/} - asked - timeout))
  ((over <= 0)) || ((late += over))
  exec 3>&-
  [[ $status == HTTP/1.[01]\\ ${probe.status ?? 200}* ]] && return
  ((end <= 128)) || return ${SILENT}
  return 1
} 2>/dev/null`;
}
