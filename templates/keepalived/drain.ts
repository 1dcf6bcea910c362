import { type HealthProbe, healthyFunction } from "../host/health-probe";
import { word } from "../text";
import { HANDOVER_SCRIPT } from "./handover";
import { DRAIN_FILE } from "./keepalived";
import { METRICS_DIRECTORY } from "./scripts";

/** A member that another one shall relieve of the virtual address, without a moment in which nobody has it. */
export interface Drain {
  /** Name of the member, for messages. */
  member: string;
  /** Virtual address without prefix length. */
  vip: string;
  /** Seconds within which another member takes the address; `Infinity` when none ever does. */
  handoverSec: number;
  /** Seconds for which open connections are kept; 0 cuts them. @default 0 */
  keepSec?: number;
}

/** Seconds that a busy host may be late, beside what keepalived's timers take. */
const MARGIN_SEC = 2;

/** Seconds that members may take to agree on keeping open connections. */
export const AGREE_SEC = 4;

/** Looks at the address per second, while one waits for it. */
const LOOKS = 20;

const NOBODY =
  "no member takes the address from one that steps aside, because preempt is false or the others have priority 1";

/**
 * Shell functions around the file that keepalived tracks: `owns`, `put 0|1`, `left`, `await
 * owns|left`, and `keep leave|fetch SECONDS` for open connections. The variable is for tests, which must not write where a host does.
 */
export function drainFunctions(drain: Drain): string {
  const { vip, handoverSec } = drain;
  const tries = Number.isFinite(handoverSec) ? LOOKS * waitSec(handoverSec) : 0;
  return `aside=\${HOMELAB_HA_ASIDE:-${DRAIN_FILE}}
owns() { ${ownsCommand(vip)}; }
left() { ! owns; }
# keepalived reads it when it is closed, so never half a number.
put() { echo "$1" >"$aside"; }
${keepFunction(drain)}await() {
  tries=${tries}
  until "$1"; do
    [ "$tries" -gt 0 ] || return 1
    tries=$((tries - 1))
    sleep ${1 / LOOKS}
  done
}
`;
}

/**
 * Whether this member has the address. On `lo` it is only kept for open connections (`handover.ts`).
 */
export function ownsCommand(vip: string): string {
  return `ip -o address show 2>/dev/null | grep -vE '^[0-9]+: lo .*/(32|128) ' | grep -qF ' ${word(vip, "vip")}/'`;
}

/** The script is not there before the first roll-out that brings it. */
const HANDOVER = `handover=\${HOMELAB_HA_HANDOVER:-${HANDOVER_SCRIPT}}`;

function keepFunction({ keepSec = 0 }: Drain): string {
  if (keepSec === 0) return "";
  return `${HANDOVER}
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
`;
}

/** Seconds for which connections are kept that are open when a member is drained. */
function holdSec({ keepSec = 0, handoverSec }: Drain): number {
  return keepSec + (Number.isFinite(handoverSec) ? waitSec(handoverSec) : 0) + AGREE_SEC;
}

/**
 * Shell functions for a roll-out that shall lose nothing: `step_aside` returns when the address has
 * left this member, or says why it cannot; at the end, also when the run is killed, the member steps
 * back, and `owned` says whether it had the address. A mark tells a run from the one before, which may
 * have ended half-way; a step aside that people asked for has none and stays. `restart_kept UNIT` restarts
 * a daemon and gives it the time that its open connections take, if they live on.
 *
 * @param stopSec longest seconds that a planned stop of the daemon takes
 */
export function handoverFunctions(drain: Drain, stopSec = 0): string {
  const { handoverSec, keepSec = 0 } = drain;
  const keeps = keepSec > 0 && Number.isFinite(handoverSec);
  const member = word(drain.member, "member");
  const gap = "requests are lost until another member has it";
  const move = Number.isFinite(handoverSec)
    ? `  if [ ! -e "$aside" ]; then
    echo "${member}: keepalived tracks no $aside, so the address cannot leave first; ${gap}" >&2
    return 0
  fi
  : >"$aside.rollout"
${keeps ? `  keep leave ${holdSec(drain) + stopSec} || echo "${member}: open connections are cut: $lost" >&2\n` : ""}  put 1
  await left && return 0
${keeps ? `  [ -n "$lost" ] || "$handover" end\n` : ""}  step_back
  echo "${member}: no other member took the address within ${waitSec(handoverSec)} s (none is healthy, or they stepped aside as well); ${gap}" >&2
`
    : `  echo "${member}: ${NOBODY}; ${gap}" >&2
`;
  return `${drainFunctions(drain)}owned=
[ ! -e "$aside.rollout" ] || owned=1
step_back() {
${keeps ? `  rm -f /run/systemd/system/*.d/homelab-drain.conf\n` : ""}  [ -e "$aside.rollout" ] || return 0
${keeps ? `  owns || keep fetch ${holdSec(drain)} || echo "${member}: open connections are cut on the way back: $lost" >&2\n` : ""}  put 0
  rm -f "$aside.rollout"
}
trap step_back EXIT
trap 'exit 1' HUP INT TERM
step_aside() {
  owns || return 0
  owned=1
${move}}
restart_kept() {
${
  keeps
    ? `  # Also on a member that was master for a while and gave the address back.
  if ! owns && "$handover" holds 2>/dev/null; then
    keep leave ${holdSec(drain) + stopSec} || echo "${member}: open connections may be cut: $lost" >&2
    # Idle connections the daemon closes by itself; whoever is being served may end.
    mkdir -p "/run/systemd/system/$1.service.d"
    printf '[Service]\\nTimeoutStopSec=${stopSec}\\n' >"/run/systemd/system/$1.service.d/homelab-drain.conf"
    systemctl daemon-reload
  fi
  systemctl restart "$1"
  rm -f "/run/systemd/system/$1.service.d/homelab-drain.conf"
  systemctl daemon-reload
`
    : `  systemctl restart "$1"\n`
}}
`;
}

/** The same where a script has one line. */
const KEPT = `"\${HOMELAB_HA_HANDOVER:-${HANDOVER_SCRIPT}}"`;

const MARKED = `aside=\${HOMELAB_HA_ASIDE:-${DRAIN_FILE}}`;

/**
 * Command of one line before a new check is live: when the daemon that runs now would not pass it,
 * because it is yet to be told of a new port, the member steps aside first. The health step or
 * `backWhenFit` lets it return.
 *
 * @param run runs the new check, whose path is in `$NEW`. @default with bash
 */
export function drainUnlessHealthy(drain: Drain, run = 'bash "$NEW"'): string {
  if (!Number.isFinite(drain.handoverSec)) return "true";
  const tries = LOOKS * waitSec(drain.handoverSec);
  const keep = drain.keepSec ? `${KEPT} leave ${holdSec(drain)} >/dev/null 2>&1 || true; ` : "";
  return `${MARKED}; owns() { ${ownsCommand(drain.vip)}; }; if [ -e "$aside" ] && owns && ! ${run}; then : >"$aside.rollout"; ${keep}echo 1 >"$aside"; tries=${tries}; while owns && [ "$tries" -gt 0 ]; do tries=$((tries - 1)); sleep ${1 / LOOKS}; done; fi`;
}

/** Command of one line after a check is live: a member that steps aside although all is well steps back. */
export function undrainWhenHealthy(check: string, drain?: Drain): string {
  const keep = drain?.keepSec ? `${KEPT} fetch ${holdSec(drain)} >/dev/null 2>&1 || true; ` : "";
  return `${MARKED}; if [ -e "$aside.rollout" ] && ${word(check, "check")}; then ${keep}echo 0 >"$aside"; rm -f "$aside.rollout"; fi`;
}

/** Where the notify script keeps the state; the variable is for tests. */
const METRICS = `\${HOMELAB_HA_METRICS:-${METRICS_DIRECTORY}}`;

/**
 * Prints how a member stands, and changes nothing: `owner` when it has the address, `aside 0|1` when
 * keepalived tracks the file, `state <STATE>` as keepalived told it last, and in the end `fit`, or `sick
 * <reason>` when it is not fit to have the address. Without either the answer is not whole.
 */
export function standingScript(drain: Drain, instance: string, probe: HealthProbe): string {
  return `set -eu
${drainFunctions(drain)}${healthyFunction(probe)}if owns; then echo owner; fi
if [ -s "$aside" ]; then echo "aside $(head -c 1 "$aside")"; fi
awk -F '"' '/^homelab_keepalived_state/ && / 1$/ { print "state " $4 }' "${METRICS}/keepalived_${word(instance, "instance")}.prom" 2>/dev/null || true
if fit; then echo fit; else echo "sick $why"; fi
`;
}

/**
 * The same as commands of one line each, for a drill: no move is waited for, and both can run again. Open
 * connections are kept as over any planned change.
 */
export function drainCommands(drain: Drain): { begin: string; undo: string } {
  const keep = (how: "leave" | "fetch") =>
    drain.keepSec ? `${KEPT} ${how} ${holdSec(drain)} >/dev/null 2>&1 || true; ` : "";
  const owner = drain.keepSec ? `if ${ownsCommand(drain.vip)}; then ${keep("leave")}fi; ` : "";
  const back = drain.keepSec
    ? `if [ -e "$aside" ] && [ "$(head -c 1 "$aside")" = 1 ] && ! ${ownsCommand(drain.vip)}; then ${keep("fetch")}fi; `
    : "";
  return {
    begin: `${MARKED}; ${owner}echo 1 >"$aside"`,
    undo: `${MARKED}; ${back}[ ! -e "$aside" ] || echo 0 >"$aside"; rm -f "$aside.rollout"`,
  };
}

/** Says `kept SECONDS`, or `cut REASON`, for whoever moves the address. */
function keptLines(how: "leave" | "fetch", drain: Drain): string {
  return `if keep ${how} ${holdSec(drain)}; then
  echo "kept ${drain.keepSec}"
  [ -z "$kept" ] || echo "cut $kept"
else
  echo "cut $lost"
fi
`;
}

/** Makes a member that has not the address step aside; nothing is waited for. */
export function drainStandbyScript(drain: Drain): string {
  return `set -eu
${drainFunctions(drain)}put 1
`;
}

/** Makes a member step aside until it is told to step back, and prints how many milliseconds that took. */
export function drainScript(drain: Drain): string {
  const member = word(drain.member, "member");
  if (!Number.isFinite(drain.handoverSec)) {
    throw new Error(`${member}: ${NOBODY}`);
  }
  return `set -eu
${drainFunctions(drain)}begin=$(date +%s%N)
trap 'put 0; exit 1' HUP INT TERM
${drain.keepSec ? `${keptLines("leave", drain)}begin=$(date +%s%N)\n` : ""}put 1
if await left; then
  echo "took $((($(date +%s%N) - begin) / 1000000))"
else
  put 0
${drain.keepSec ? `  [ -n "$lost" ] || "$handover" end\n` : ""}  echo "no other member took the address within ${waitSec(drain.handoverSec)} s; it stays on ${member}, as before" >&2
  exit 1
fi
`;
}

/**
 * Makes a member step back.
 *
 * @param wait whether it then has to get the address; prints how many milliseconds that took
 */
export function undrainScript(drain: Drain, wait: boolean): string {
  const then = wait
    ? `if await owns; then
  echo "took $((($(date +%s%N) - begin) / 1000000))"
else
  echo "${word(drain.member, "member")} may have the address again, but did not take it within ${waitSec(drain.handoverSec)} s" >&2
  exit 1
fi
`
    : "";
  return `set -eu
${drainFunctions(drain)}begin=$(date +%s%N)
${drain.keepSec ? `if [ -e "$aside" ] && [ "$(head -c 1 "$aside")" = 1 ] && ! owns; then\n${keptLines("fetch", drain)}fi\nbegin=$(date +%s%N)\n` : ""}if [ -e "$aside" ]; then put 0; fi
rm -f "$aside.rollout"
${then}`;
}

/** Seconds that one waits for a handover. */
export function waitSec(handoverSec: number): number {
  return Math.ceil(handoverSec) + MARGIN_SEC;
}
