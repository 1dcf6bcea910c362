import { MEMBER_METRICS_FILE } from "../../model/monitoring/jobs";
import { ownsCommand } from "../keepalived/drain";
import { DRAIN_FILE } from "../keepalived/keepalived";
import { METRICS_DIRECTORY } from "../keepalived/scripts";
import { word } from "../text";
import type { Question } from "./health-probe";

/** Where the writer of a member's metrics lies. */
export const MEMBER_METRICS_SCRIPT = "/usr/local/bin/homelab_member_metrics.sh";

/** Its unit. */
export const MEMBER_METRICS_UNIT = "homelab-member-metrics.service";

/** Debian's exporter, and its unit. */
export const EXPORTER_PACKAGE = "prometheus-node-exporter";

/** What a member writes about itself. */
export interface MemberMetrics {
  /** Virtual address without prefix length. */
  vip: string;
  /** Name of keepalived's instance. */
  instance: string;
  /** Units that have to run, without `.service` where systemd needs none. */
  units: readonly string[];
  /** What its service answers on the member itself while it is healthy. */
  question: Question;
  /** Whether this member copies files to the others with lsyncd. */
  copies: boolean;
  /** Directory with certificates. @default none */
  certificates?: string;
  /** Seconds between two writings. */
  everySec: number;
}

/** Paths that a test puts elsewhere. */
export interface MetricsPlaces {
  metrics: string;
  drain: string;
}

/**
 * Writes what only the member itself knows, again and again, for node-exporter's textfile collector:
 * whether its interface has the address, whether its service is healthy, and whether it could take
 * the address over. keepalived's own account is not enough: a killed one still says MASTER.
 *
 * `once` as argument writes one time and ends.
 */
export function memberMetricsScript(
  { vip, instance, units, question, copies, certificates, everySec }: MemberMetrics,
  places: MetricsPlaces = { metrics: METRICS_DIRECTORY, drain: DRAIN_FILE },
): string {
  const names = [...units, ...(copies ? ["lsyncd"] : [])].map((name) => word(name, "unit"));
  return `#!/bin/bash
# Writes metrics of this member for prometheus-node-exporter.
set -u
directory=${word(places.metrics, "metrics directory")}
file=$directory/${MEMBER_METRICS_FILE}
state=$directory/keepalived_${word(instance, "instance")}.prom

head() {
  echo "# HELP $1 $2"
  echo "# TYPE $1 gauge"
}

write() {
  local unit active has=0 healthy=1 drained=0 ready fault=0 started
  ${ownsCommand(vip)} && has=1
  [[ -r ${word(places.drain, "drain file")} && $(<${word(places.drain, "drain file")}) == 1* ]] && drained=1
  [[ -r $state ]] && grep -qE '^homelab_keepalived_state[{].*state="(FAULT|STOP)"[}] 1$' "$state" && fault=1
  head homelab_member_unit_active '1 while systemd says that the unit is active.'
  for unit in ${names.join(" ")}; do
    active=0
    systemctl is-active --quiet "$unit" && active=1
    [[ $unit == *.* ]] || unit=$unit.service
    echo "homelab_member_unit_active{unit=\\"$unit\\"} $active"
    [[ $active == 1 || $unit == lsyncd.service ]] || healthy=0
  done
  ${question.command} || healthy=0
  ready=$((healthy && !drained && !fault))
  head homelab_member_has_address '1 while an interface of this member has the virtual address.'
  echo "homelab_member_has_address $has"
  head homelab_member_healthy '1 while all units run and the service answers its health check.'
  echo "homelab_member_healthy $healthy"
  head homelab_member_drained '1 while the member was told to leave the address to others.'
  echo "homelab_member_drained $drained"
  head homelab_member_ready '1 while the member could have the address: healthy, not drained, not in FAULT.'
  echo "homelab_member_ready $ready"
${copies ? REPLICATION : ""}${certificates === undefined ? "" : certificateLines(certificates)}}

mkdir -p "$directory"
while :; do
  write >"$file.new" && mv -f "$file.new" "$file"
  # The exporter is another user; what lies beside the directory is still for root alone.
  chmod o+x "\${directory%/*}"
  chmod o+rx "$directory"
  chmod o+r "$directory"/*.prom
  [[ \${1-} != once ]] || exit 0
  sleep ${word(everySec, "period")}
done
`;
}

/** lsyncd compares everything when it starts, and only then. */
const REPLICATION = `  started=$(systemctl show --property=ActiveEnterTimestamp --value lsyncd.service 2>/dev/null)
  if [[ -n $started ]]; then
    head homelab_replication_started_timestamp_seconds 'When lsyncd started, which is when it compared all files.'
    echo "homelab_replication_started_timestamp_seconds $(date -d "$started" +%s)"
  fi
`;

function certificateLines(directory: string): string {
  const path = word(directory, "directory");
  return `  head homelab_certificate_end_timestamp_seconds 'When the certificate ends.'
  for pem in ${path}/*.crt; do
    end=$(openssl x509 -noout -enddate -in "$pem" 2>/dev/null) || continue
    pem=\${pem##*/}
    [[ $pem == +([A-Za-z0-9_.-]) ]] || continue
    echo "homelab_certificate_end_timestamp_seconds{file=\\"$pem\\"} $(date -d "\${end#notAfter=}" +%s)"
  done
`;
}
