import { HISTORY } from "./host-file";
import { word } from "./text";

/** What has to hold on a member before the next member may be touched. */
export interface HealthScript {
  /** Name of the member, for the message. */
  member: string;
  /** systemd units that are enabled, started and stay active, in the order in which they start. */
  units: readonly string[];
  /** Unit that is restarted when `mark` exists. @default none */
  restart?: { unit: string; mark: string };
  /** URL on the member itself that returns 200 while its service is fit. */
  url: string;
  /** Virtual address and a port of the service behind it. */
  vip: { address: string; port: number };
  /** Seconds without a failure after which keepalived too believes that the member is healthy. */
  settleSec: number;
  /** Seconds after which the member counts as broken. */
  deadlineSec: number;
}

/**
 * Starts a member's services and waits until it could take the virtual address. The next member
 * waits for this, so the address always has somewhere to go.
 */
export function healthScript(health: HealthScript): string {
  const units = health.units.map((name) => word(name, "unit")).join(" ");
  const address = word(health.vip.address, "vip");
  const port = word(health.vip.port, "port");
  const restart = health.restart
    ? `if [ -e ${word(health.restart.mark, "mark")} ]; then
  systemctl restart ${word(health.restart.unit, "unit")}
  rm -f ${word(health.restart.mark, "mark")}
fi
`
    : "";
  return `set -eu
systemctl daemon-reload
${restart}systemctl enable --quiet ${units}
systemctl start ${units}
fit() {
  for unit in ${units}; do
    systemctl is-active --quiet "$unit" || { why="$unit is not active"; return 1; }
  done
  curl -fsS -o /dev/null --max-time 2 ${word(health.url, "url")} 2>/dev/null ||
    { why="${word(health.url, "url")} does not answer with 200"; return 1; }
  timeout 2 bash -c '</dev/tcp/${address}/${port}' 2>/dev/null ||
    { why="${address}:${port}, the virtual address, does not take connections"; return 1; }
}
why=
good=0
waited=0
while [ "$good" -lt ${word(health.settleSec, "settle")} ]; do
  if fit; then good=$((good + 1)); else good=0; fi
  if [ "$waited" -ge ${word(health.deadlineSec, "deadline")} ]; then
    echo "${word(health.member, "member")} is not healthy after $waited s: \${why:-it did not stay healthy}; the other members are left as they are" >&2
    for unit in ${units}; do journalctl -q -n 10 --no-pager -u "$unit" >&2 || true; done
    exit 1
  fi
  sleep 1
  waited=$((waited + 1))
done
# A roll-back goes to the files of such a moment.
history=${HISTORY}
mkdir -p "$history"
date +%s%N >>"$history/.healthy"
`;
}
