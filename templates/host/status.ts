import { STATE_LOG } from "../keepalived/keepalived";
import { word } from "../text";
import { HISTORY } from "./host-file";

/** What a member is asked for beside how it stands towards the address. */
export interface StatusQuestion {
  /** Interface of the address. */
  interface: string;
  /** Virtual address without prefix length. */
  vip: string;
  /** Name of keepalived's instance. */
  instance: string;
  /** Units that run on this member beside those of its health, e.g. `lsyncd.service`. */
  units: readonly string[];
  /** Units whose last start is told: the service and keepalived. */
  starts: readonly string[];
  /** File with the checksum of what has to be the same on every member. */
  checksumFile?: string;
  /** File with what became of the files that were copied to it. @default none are */
  copied?: string;
  /** Directory with the certificates that are served. */
  certificates?: string;
  /** Configuration and port of HAProxy on 127.0.0.1, whose servers are asked for. */
  haproxy?: { conf: string; port: number };
}

/** Longest list of certificates or servers that is read. */
const LIMIT = 50;

/** Most changes of state that are told, the newest. */
const STEPS = 8;

/** Most files of roll-outs that are told; a member has about thirty. */
const FILES = 200;

/**
 * Prints what `homelab status` wants to know of a member, and changes nothing: what `standing` prints,
 * then a line for each fact that is known here. The password of HAProxy's statistics never leaves the
 * host, nor stands on a command line.
 *
 * @param standing script that says how it stands towards the address
 */
export function statusScript(standing: string, question: StatusQuestion): string {
  const device = word(question.interface, "interface");
  const vip = word(question.vip, "vip");
  const prom = `"$metrics/keepalived_${word(question.instance, "instance")}.prom"`;
  return `${standing}set +e
metrics=\${HOMELAB_HA_METRICS:-/var/lib/homelab-ha/metrics}
echo "now $(date +%s)"
awk '/^homelab_keepalived_last_transition_timestamp_seconds/ { print "changed " $2 }' ${prom} 2>/dev/null
awk '/^homelab_traefik_config_valid / { print "valid " $2 }' "$metrics/traefik_config.prom" 2>/dev/null
ip -o link show dev ${device} 2>/dev/null | sed -n 's|.* link/ether \\([0-9a-f:]*\\).*|mac \\1|p'
ip neigh show to ${vip} 2>/dev/null | sed -n 's|.* lladdr \\([0-9a-f:]*\\).*|wire \\1|p' | head -n 1
${[
  ...question.units.map((unit) => {
    const name = word(unit, "unit");
    return `echo "unit ${name} $(systemctl is-active ${name} 2>/dev/null)"`;
  }),
  ...(question.checksumFile === undefined
    ? []
    : [
        `[ -r ${word(question.checksumFile, "checksum file")} ] && echo "sum $(head -c 64 ${word(question.checksumFile, "checksum file")})"`,
      ]),
  ...(question.copied === undefined
    ? []
    : [
        `[ -r ${word(question.copied, "state file")} ] && echo "copied $(head -c 20 ${word(question.copied, "state file")})"`,
      ]),
  ...(question.certificates === undefined ? [] : [certificates(question.certificates)]),
  ...(question.haproxy === undefined ? [] : [servers(question.haproxy)]),
  steps(question),
  files,
].join("\n")}
exit 0
`;
}

/** What changed last: keepalived's states from its own log, the last start of each unit, and of the host. */
function steps({ instance, starts }: StatusQuestion): string {
  const units = starts.map((unit) => word(unit, "unit")).join(" ");
  return `grep -F ' transitioned to ' "\${HOMELAB_HA_STATE_LOG:-${STATE_LOG}}" 2>/dev/null | grep -F ' (${word(instance, "instance")},' | tail -n ${STEPS} | while read -r time _ _ _ state _; do
  echo "step $(date -d "$time" +%s) $state"
done
for unit in ${units}; do
  at=$(systemctl show --timestamp=unix --property ActiveEnterTimestamp --value "$unit" 2>/dev/null)
  echo "started $unit \${at#@} $(systemctl show --property NRestarts --value "$unit" 2>/dev/null)"
done
at=$(systemctl show --timestamp=unix --property UserspaceTimestamp --value 2>/dev/null)
echo "booted \${at#@}"`;
}

// A file has a folder of its own in the history from the moment a roll-out wrote it.
const files = `history=${HISTORY}
find "$history" -type f -name .test 2>/dev/null | sed 's|/[.]test$||' | head -n ${FILES} | while read -r folder; do
  target=\${folder#"$history"}
  sum=$(sha256sum 2>/dev/null <"$target" | cut -d ' ' -f 1)
  echo "file \${sum:-gone} $target"
done`;

function certificates(directory: string): string {
  return `for file in ${word(directory, "directory")}/*.crt ${word(directory, "directory")}/*.pem; do
  end=$(openssl x509 -noout -enddate -in "$file" 2>/dev/null) || continue
  echo "certificate $(date -d "\${end#notAfter=}" +%s) $file"
done | head -n ${LIMIT}`;
}

function servers({ conf, port }: { conf: string; port: number }): string {
  return `sed -n 's|^ *user \\([^ ]*\\) insecure-password \\(.*\\)$|user = "\\1:\\2"|p' ${word(conf, "conf")} 2>/dev/null |
  curl -fsS --max-time 2 -K - 'http://127.0.0.1:${word(port, "port")}/stats;csv' 2>/dev/null |
  awk -F, '$1 == "kubernetes-masters" && $2 != "BACKEND" { print "server " $2 " " $18 }' | head -n ${LIMIT}`;
}
