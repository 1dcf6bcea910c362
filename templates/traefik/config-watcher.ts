import { hostText } from "../../model/network/address";
import { METRICS_DIRECTORY } from "../keepalived/scripts";
import { literal, word } from "../text";
import { TRY_SCRIPT } from "./trial";

/** Log of the configuration watcher. */
export const WATCHER_LOG = "/var/log/traefik-config-watcher.log";

/** Where the watcher lies on every member. */
export const WATCHER_SCRIPT = "/usr/local/bin/traefik-config-watcher.sh";

/** Units that have to run on every member: the watcher, and the socket that tells its checksum. */
export const CONFIG_WATCHER_UNITS = [
  // Takes the place of a unit of the same name that reloaded Traefik.
  "traefik-config-watcher.service",
  "traefik-config-sum.socket",
] as const;

/** What one member's configuration watcher looks after. */
export interface ConfigWatcher {
  /** Name of this member. */
  host: string;
  /** Directory of the dynamic configuration. */
  directory: string;
  /** Port of Traefik's metrics on 127.0.0.1. */
  metricsPort: number;
  /** The other members. */
  peers: readonly { name: string; address: string }[];
  /** Port on which every member tells its checksum. */
  driftPort: number;
  /** Seconds for which members may differ, e.g. while a roll-out or a copy is on its way. */
  graceSec: number;
  /** PEM files to look after. @default none */
  certificates?: WatchedCertificates;
}

/** Certificates in files, and the file of the dynamic directory that names them. */
export interface WatchedCertificates {
  directory: string;
  file: string;
  /** Names of the files, without directory. */
  pairs: readonly { certificate: string; key: string }[];
}

/** Paths that a test puts elsewhere. */
export interface WatcherPlaces {
  log: string;
  metrics: string;
  /** File with the member's own checksum. */
  sum: string;
  tryScript: string;
  /** Seconds after which everything is looked at again although nothing changed. */
  periodSec: number;
}

/** Runtime directory of the watcher's unit; `serve` reads the checksum there. */
export const WATCHER_RUNTIME = "traefik-config";

/** File with the checksum of what has to be the same on every member. */
export const CHECKSUM_FILE = `/run/${WATCHER_RUNTIME}/sum`;

/** As a URL has it; brackets mean something to the shell. */
const peerText = (address: string) => (address.includes(":") ? `'${hostText(address)}'` : address);

const PLACES: WatcherPlaces = {
  log: WATCHER_LOG,
  metrics: METRICS_DIRECTORY,
  sum: CHECKSUM_FILE,
  tryScript: TRY_SCRIPT,
  periodSec: 15,
};

/**
 * Looks after the dynamic configuration of one member and never reloads anything, since Traefik
 * does so by itself. After each change the installed Traefik tries the directory; the checksum is
 * compared with the other members'; new PEM files make Traefik read the file that names them.
 * What it finds goes to its log and to a metrics file.
 *
 * `serve` as argument answers one HTTP request on standard input with the checksum: it is read-only
 * and says nothing about the content, so it needs no secret.
 */
export function configWatcherScript(watcher: ConfigWatcher, places = PLACES): string {
  const peers = watcher.peers
    .map(
      ({ name, address }) => `[${word(name, "peer")}]=${peerText(word(address, "peer address"))}`,
    )
    .join(" ");
  const directory = word(watcher.directory, "directory");
  const { certificates } = watcher;
  const watched = [directory, ...(certificates ? [certificates.directory] : [])];
  return `#!/bin/bash
# Tries Traefik's dynamic configuration after each change and compares it with the other members.
set -u
host=${literal(watcher.host, "host")}
log=${word(places.log, "log")}
sum_file=${word(places.sum, "sum file")}
metrics=${word(places.metrics, "metrics directory")}/traefik_config.prom
declare -A peers=(${peers}) since=() drift=() reachable=()

if [[ \${1-} == serve ]]; then
  while IFS= read -r -t 2 line && [[ $line != $'\\r' && -n $line ]]; do :; done
  printf 'HTTP/1.0 200 OK\\r\\nContent-Type: text/plain\\r\\n\\r\\n'
  cat "$sum_file"
  exit
fi

say() { printf '%(%FT%T%z)T %s %s\\n' -1 "$host" "$*" >>"$log"; }

# Names and contents of what has to be the same everywhere; hidden files are half-written ones.
sums() {
  find ${watched.map((path) => word(path, "directory")).join(" ")} -maxdepth 1 -type f ! -name '.*' ! -name acme.json -print0 |
    LC_ALL=C sort -z | xargs -0 -r sha256sum
}
checksum() { sums | sha256sum | cut -d ' ' -f 1; }

publish() {
  printf '%s\\n' "$sum" >"$sum_file.new" && mv -f "$sum_file.new" "$sum_file"
}

valid=1
try() {
  local words before=$valid
  if words=$(${word(places.tryScript, "try script")} directory 2>&1); then
    valid=1
    ((before)) || say 'Traefik accepts the configuration again'
  else
    valid=0
    say "Traefik refuses the configuration: \${words//$'\\n'/; }"
  fi
}

compare() {
  local peer theirs was
  for peer in "\${!peers[@]}"; do
    was=\${drift[$peer]:-0}
    if theirs=$(curl -fsS --max-time 2 "http://\${peers[$peer]}:${word(watcher.driftPort, "drift port")}/" 2>/dev/null); then
      reachable[$peer]=1
    else
      # What cannot be asked is neither the same nor different.
      [[ \${reachable[$peer]:-1} == 0 ]] || say "cannot ask $peer for its checksum"
      reachable[$peer]=0
      continue
    fi
    if [[ $theirs == "$sum" ]]; then
      since[$peer]=
      drift[$peer]=0
      [[ $was == 0 ]] || say "the configuration is the same as on $peer again"
      continue
    fi
    [[ -n \${since[$peer]-} ]] || since[$peer]=$EPOCHSECONDS
    drift[$peer]=$((EPOCHSECONDS - since[$peer] >= ${word(watcher.graceSec, "grace")}))
    [[ $was == "\${drift[$peer]}" ]] ||
      say "the configuration differs from the one on $peer since $((EPOCHSECONDS - since[$peer])) s"
  done
}

reloaded() {
  curl -fsS --max-time 2 "http://127.0.0.1:${word(watcher.metricsPort, "metrics port")}/metrics" 2>/dev/null |
    awk '$1 == "traefik_config_last_reload_success" { printf "%d", $2 }'
}

measure() {
  local peer reload
  reload=$(reloaded)
  {
    echo '# HELP homelab_traefik_config_valid 1 while the installed Traefik accepts the dynamic configuration.'
    echo '# TYPE homelab_traefik_config_valid gauge'
    echo "homelab_traefik_config_valid $valid"
    echo '# HELP homelab_traefik_config_changed_timestamp_seconds When the dynamic configuration changed.'
    echo '# TYPE homelab_traefik_config_changed_timestamp_seconds gauge'
    echo "homelab_traefik_config_changed_timestamp_seconds $changed"
    echo '# HELP homelab_traefik_config_reload_timestamp_seconds When the running Traefik last took a configuration; 0: it does not answer.'
    echo '# TYPE homelab_traefik_config_reload_timestamp_seconds gauge'
    echo "homelab_traefik_config_reload_timestamp_seconds \${reload:-0}"
    echo '# HELP homelab_traefik_config_drift 1 while the configuration differs from that of another member.'
    echo '# TYPE homelab_traefik_config_drift gauge'
    for peer in "\${!peers[@]}"; do echo "homelab_traefik_config_drift{peer=\\"$peer\\"} \${drift[$peer]:-0}"; done
    echo '# HELP homelab_traefik_config_peer_reachable 1 while another member tells its checksum.'
    echo '# TYPE homelab_traefik_config_peer_reachable gauge'
    for peer in "\${!peers[@]}"; do echo "homelab_traefik_config_peer_reachable{peer=\\"$peer\\"} \${reachable[$peer]:-0}"; done
  } >"$metrics.new" && mv -f "$metrics.new" "$metrics"
}

mkdir -p "\${metrics%/*}" ${watched.join(" ")}
${certificates ? certificateStep(certificates, directory) : ""}last=
changed=$EPOCHSECONDS
while :; do
${certificates ? "  certificates\n" : ""}  sum=$(checksum)
  if [[ $sum != "$last" ]]; then
    [[ -z $last ]] || changed=$EPOCHSECONDS
    last=$sum
    publish
    try
  fi
  compare
  measure
  inotifywait -qq -t ${word(places.periodSec, "period")} -e close_write,move,delete ${watched.join(" ")}
  # 0: something happened, 2: nothing did; else there is no watch to be had, so look now and then.
  case $? in
    0) sleep 1 ;;
    2) ;;
    *) sleep ${word(places.periodSec, "period")} ;;
  esac
done
`;
}

/**
 * Traefik does not watch PEM files, so the file that names them is touched when they change; a
 * certificate whose key has not arrived yet waits.
 */
function certificateStep(
  { directory: pem, file, pairs }: WatchedCertificates,
  dynamic: string,
): string {
  const directory = word(pem, "certificate directory");
  const names = pairs
    .map(({ certificate, key }) => `${word(certificate, "certificate")}:${word(key, "key")}`)
    .join(" ");
  return `
pem=
waiting=
certificates() {
  local now pair certificate key public
  # Not what a link points to.
  [[ -L ${directory} ]] || chmod 700 ${directory}
  find ${directory} -maxdepth 1 -type f -name '*.key' ! -perm 600 -exec chmod 600 {} +
  now=$(find ${directory} -maxdepth 1 -type f ! -name '.*' -print0 | LC_ALL=C sort -z | xargs -0 -r sha256sum)
  [[ $now != "$pem" ]] || return 0
  for pair in ${names}; do
    certificate=${directory}/\${pair%%:*} key=${directory}/\${pair##*:}
    public=$(openssl x509 -in "$certificate" -noout -pubkey 2>/dev/null)
    [[ -n $public && $public == "$(openssl pkey -in "$key" -pubout 2>/dev/null)" ]] && continue
    [[ $now == "$waiting" ]] || say "$certificate and $key are not there or do not belong together"
    waiting=$now
    return 0
  done
  say 'new certificates: Traefik reads them'
  pem=$now
  touch ${word(dynamic, "directory")}/${word(file, "certificate file")}
}
`;
}
