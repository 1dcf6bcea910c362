import { type HealthProbe, healthyFunction } from "../host/health-probe";
import { word } from "../text";
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
}

/** Seconds that a busy host may be late, beside what keepalived's timers take. */
const MARGIN_SEC = 2;

/** Looks at the address per second, while one waits for it. */
const LOOKS = 20;

const NOBODY =
  "no member takes the address from one that steps aside, because preempt is false or the others have priority 1";

/**
 * Shell functions around the file that keepalived tracks: `owns`, `put 0|1`, `left`, `await
 * owns|left`. The variable is for tests, which must not write where a host does.
 */
export function drainFunctions({ vip, handoverSec }: Drain): string {
  const tries = Number.isFinite(handoverSec) ? LOOKS * waitSec(handoverSec) : 0;
  return `aside=\${HOMELAB_HA_ASIDE:-${DRAIN_FILE}}
owns() { ip -o address show 2>/dev/null | grep -qF ' ${word(vip, "vip")}/'; }
left() { ! owns; }
# keepalived reads it when it is closed, so never half a number.
put() { echo "$1" >"$aside"; }
await() {
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
 * Shell functions for a roll-out that shall lose nothing: `step_aside` returns when the address has
 * left this member, or says why it cannot; at the end, also when the run is killed, the member steps
 * back, and `owned` says whether it had the address. A mark tells a run from the one before, which may
 * have ended half-way; a step aside that people asked for has none and stays.
 */
export function handoverFunctions(drain: Drain): string {
  const { handoverSec } = drain;
  const member = word(drain.member, "member");
  const gap = "requests are lost until another member has it";
  const move = Number.isFinite(handoverSec)
    ? `  if [ ! -e "$aside" ]; then
    echo "${member}: keepalived tracks no $aside, so the address cannot leave first; ${gap}" >&2
    return 0
  fi
  : >"$aside.rollout"
  put 1
  await left && return 0
  step_back
  echo "${member}: no other member took the address within ${waitSec(handoverSec)} s (none is healthy, or they stepped aside as well); ${gap}" >&2
`
    : `  echo "${member}: ${NOBODY}; ${gap}" >&2
`;
  return `${drainFunctions(drain)}owned=
[ ! -e "$aside.rollout" ] || owned=1
step_back() {
  [ -e "$aside.rollout" ] || return 0
  put 0
  rm -f "$aside.rollout"
}
trap step_back EXIT
trap 'exit 1' HUP INT TERM
step_aside() {
  owns || return 0
  owned=1
${move}}
`;
}

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
  return `${MARKED}; owns() { ip -o address show 2>/dev/null | grep -qF ' ${word(drain.vip, "vip")}/'; }; if [ -e "$aside" ] && owns && ! ${run}; then : >"$aside.rollout"; echo 1 >"$aside"; tries=${tries}; while owns && [ "$tries" -gt 0 ]; do tries=$((tries - 1)); sleep ${1 / LOOKS}; done; fi`;
}

/** Command of one line after a check is live: a member that steps aside although all is well steps back. */
export function undrainWhenHealthy(check: string): string {
  return `${MARKED}; if [ -e "$aside.rollout" ] && ${word(check, "check")}; then echo 0 >"$aside"; rm -f "$aside.rollout"; fi`;
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

/** The same as commands of one line each, for a drill: nothing is waited for, and both can run again. */
export function drainCommands(): { begin: string; undo: string } {
  return {
    begin: `${MARKED}; echo 1 >"$aside"`,
    undo: `${MARKED}; [ ! -e "$aside" ] || echo 0 >"$aside"; rm -f "$aside.rollout"`,
  };
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
put 1
if await left; then
  echo "took $((($(date +%s%N) - begin) / 1000000))"
else
  put 0
  echo "no other member took the address within ${waitSec(drain.handoverSec)} s; it stays on ${member}, as before" >&2
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
if [ -e "$aside" ]; then put 0; fi
rm -f "$aside.rollout"
${then}`;
}

/** Seconds that one waits for a handover. */
export function waitSec(handoverSec: number): number {
  return Math.ceil(handoverSec) + MARGIN_SEC;
}
