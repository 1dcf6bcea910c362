import { handoverFunctions } from "../keepalived/drain";
import { word } from "../text";
import { type HealthProbe, healthyFunction, unitList } from "./health-probe";
import { HISTORY } from "./host-file";

/** What has to hold on a member before the next member may be touched. */
export interface HealthScript extends HealthProbe {
  /** Name of the member, for the message. */
  member: string;
  /** Virtual address without prefix length. */
  vip: string;
  /** Seconds within which another member takes the address from one that steps aside; `Infinity` when none does. */
  handoverSec: number;
  /** Seconds for which open connections are kept; 0 cuts them. @default 0 */
  keepSec?: number;
  /** Unit that is restarted when `mark` exists, and the longest seconds that a stop of it may take. @default none */
  restart?: { unit: string; mark: string; stopSec: number };
  /** Units of an earlier profile, with their files, which must not go on running. @default none */
  retired?: readonly { unit: string; files: readonly string[] }[];
  /** Seconds without a failure after which keepalived too believes that the member is healthy. */
  settleSec: number;
  /** Seconds after which the member counts as broken. */
  deadlineSec: number;
}

/**
 * Starts a member's services and waits until it could take the virtual address. The next member
 * waits for this, so the address always has somewhere to go. A member that has the address lets
 * another one take it before its daemon is restarted.
 */
export function healthScript(health: HealthScript): string {
  const { restart, vip, handoverSec, keepSec = 0 } = health;
  const member = word(health.member, "member");
  const units = unitList(health.units);
  const restarted = restart
    ? `if [ -e ${word(restart.mark, "mark")} ]; then
  step_aside
  restart_kept ${word(restart.unit, "unit")}
  rm -f ${word(restart.mark, "mark")}
fi
`
    : "";
  return `set -eu
${handoverFunctions({ member, vip, handoverSec, keepSec }, restart?.stopSec)}systemctl daemon-reload
${restarted}systemctl enable --quiet ${units}
systemctl start ${units}
${healthyFunction(health)}good=0
waited=0
while [ "$good" -lt ${word(health.settleSec, "settle")} ]; do
  if fit; then good=$((good + 1)); else good=0; fi
  if [ "$waited" -ge ${word(health.deadlineSec, "deadline")} ]; then
    echo "${member} is not healthy after $waited s: \${why:-it did not stay healthy}; the other members are left as they are" >&2
    for unit in ${units}; do journalctl -q -n 10 --no-pager -u "$unit" >&2 || true; done
    exit 1
  fi
  sleep 1
  waited=$((waited + 1))
done
step_back
# Only then is the pair as before, also for whoever looks next.
[ -z "$owned" ] || await owns || true
history=${HISTORY}
${(health.retired ?? []).map(retire).join("")}# A roll-back goes to the files of such a moment.
mkdir -p "$history"
date +%s%N >>"$history/.healthy"
`;
}

// Last: by now keepalived has long read the file in which it looks at the unit no more. The files
// join the history, for a roll-back needs them.
function retire({ unit, files }: { unit: string; files: readonly string[] }): string {
  const name = word(unit, "unit");
  return `if systemctl cat ${name} >/dev/null 2>&1; then
  systemctl disable --quiet --now ${name}
  for file in ${files.map((path) => word(path, "file")).join(" ")}; do
    [ -e "$file" ] || continue
    mkdir -p "$history$file"
    mv "$file" "$history$file/$(date +%s%N)"
  done
  systemctl daemon-reload
fi
`;
}
