import { word } from "../text";
import { type Drain, drainFunctions, waitSec } from "./drain";

/** Where keepalived's configuration lies; the variable is for tests, which must not write where a host does. */
const FOLDER = `\${HOMELAB_HA_KEEPALIVED:-/etc/keepalived}`;

/** What is added to the name of the configuration of a member that left. */
export const LEFT_SUFFIX = ".left";

/**
 * Shell function that prints the peers that a configuration sends adverts to, one a line: addresses that stand
 * alone. The virtual ones have a prefix length. (Without `sed` or `awk`, which would fill a file in as far as the
 * policies can see.)
 */
const PEERS = `peers() { grep -xE ' *[0-9A-Fa-f.:]+' "$1" 2>/dev/null | tr -d ' '; }`;

/** Looks at an address per second, and how often: the kernel gives up after three seconds. */
const LOOKS = { perSec: 5, count: 20 };

/**
 * Command of one line, before another text of `keepalived.conf` is live: refuses one without a peer that the
 * live one has, while that host answers on the network. It would hear no adverts any more, and take the address
 * beside the one that has it.
 *
 * @param ended addresses of hosts on which keepalived was ended
 */
export function peersHaveLeft(ended: readonly string[]): string {
  return `${PEERS}; ${refuseAnswering(`$(peers "\${NEW%/*}/keepalived.conf")`, ended, ` ! peers "$NEW" | grep -qxF "$peer" || continue;`)}`;
}

/**
 * Refuses peers whose hosts answer on the network.
 *
 * @param peers shell text that gives them
 * @param known addresses of which nothing is said
 * @param more what passes others over
 */
function refuseAnswering(peers: string, known: readonly string[], more = ""): string {
  const listed = known.map((address) => word(address, "address")).join(" ");
  return `for peer in ${peers}; do case " ${listed} " in *" $peer "*) continue ;; esac;${more} ip neigh flush to "$peer" 2>/dev/null; looks=${LOOKS.count}; while [ "$looks" -gt 0 ]; do bash -c ": >/dev/udp/$peer/9 && echo >/dev/udp/$peer/9" 2>/dev/null; case $(ip neigh show to "$peer" 2>/dev/null) in *lladdr*) echo "$peer is no member any more, and its host answers: without adverts it would take the address too; list it under leaving for one up, or switch it off"; exit 1 ;; *FAILED*) break ;; esac; looks=$((looks - 1)); sleep ${1 / LOOKS.perSec}; done; done`;
}

/**
 * Tells a member that runs of peers that are new to it, before those start: one that hears no adverts would
 * take the address beside the one that has it. It takes nothing away, and does nothing on a new member. A peer
 * that is to be forgotten while its host answers is refused here, before anything is changed.
 *
 * @param addresses those of the other members
 * @param ended those of hosts that leave, on which keepalived is ended next
 */
export function addPeers(addresses: readonly string[], ended: readonly string[] = []): string {
  const wanted = addresses.map((address) => word(address, "address")).join(" ");
  return `set -eu
umask 077
folder=${FOLDER}
conf=$folder/keepalived.conf
[ -s "$conf" ] && systemctl is-active --quiet keepalived || exit 0
${PEERS}
(
${refuseAnswering('$(peers "$conf")', [...addresses, ...ended])}
) >&2
# A roll-out of a connection that broke may still be at work.
exec 9<"$folder"
flock -w 60 9
missing=
for peer in ${wanted}; do
  peers "$conf" | grep -qxF "$peer" || missing="$missing $peer"
done
[ -n "$missing" ] || exit 0
NEW=$(mktemp "$folder/.keepalived.conf.XXXXXX.new")
trap 'rm -f "$NEW"' EXIT
trap 'exit 1' HUP INT TERM
awk -v more="$missing" '{ print } /unicast_peer [{]/ { count = split(more, list, " "); for (i = 1; i <= count; i++) print "    " list[i] }' "$conf" >"$NEW"
chmod --reference="$conf" "$NEW"
chown --reference="$conf" "$NEW"
words=$(keepalived -t -f "$NEW" 2>&1) || { echo "keepalived refuses the new peers$missing; it keeps those that it has: $words" >&2; exit 1; }
mv -fT "$NEW" "$conf"
systemctl reload keepalived
`;
}

/** A member that leaves. */
export interface Leave extends Drain {
  /** Units that do something for the pair, beside keepalived, which is the first to be ended. */
  units: readonly string[];
}

/**
 * Ends what a member does for a virtual address: another member takes it first, then keepalived and the other
 * units are stopped and disabled, and the configuration is renamed, without which keepalived's unit does not
 * start. The service itself and all files stay.
 */
export function leaveScript({ units, ...drain }: Leave): string {
  const member = word(drain.member, "member");
  return `set -eu
${drainFunctions(drain)}conf=${FOLDER}/keepalived.conf
if owns && [ -e "$aside" ]; then
  put 1
  if ! await left; then
    put 0
    echo "${member}: no other member took the address within ${waitSec(drain.handoverSec)} s, so it stays a member; see homelab status" >&2
    exit 1
  fi
fi
for unit in keepalived ${units.map((unit) => word(unit, "unit")).join(" ")}; do
  if systemctl -q cat "$unit" >/dev/null 2>&1; then systemctl disable --quiet --now "$unit"; fi
done
[ ! -e "$conf" ] || mv -fT "$conf" "$conf${LEFT_SUFFIX}"
if owns; then
  echo "${member}: keepalived was ended, and the address is still there: ip address delete it by hand" >&2
  exit 1
fi
rm -f "$aside" "$aside.rollout"
`;
}
