import { word } from "../text";
import { type Drain, drainFunctions, waitSec } from "./drain";
import { CHECK_DIRECTORY } from "./keepalived";

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

/**
 * Shell command that makes keepalived read its configuration. It forgets a tracked file whose directory is not
 * there then. The reload itself loses nothing: a master stays one, whatever changed (tried with 2.2.7: intervals,
 * checks, weights, tracked files). One that does not run is left alone.
 */
export const RELOAD_KEEPALIVED = `install -d ${CHECK_DIRECTORY} && systemctl try-reload-or-restart keepalived`;

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

/** Shell function that makes the kernel ask for the host with an address, and prints the host's hardware address: `wire ADDRESS`. */
const WIRE = `wire() { ip neigh flush to "$1" 2>/dev/null; looks=${LOOKS.count}; while [ "$looks" -gt 0 ]; do bash -c ": >/dev/udp/$1/9 && echo >/dev/udp/$1/9" 2>/dev/null; case $(ip neigh show to "$1" 2>/dev/null) in *lladdr*) ip neigh show to "$1" | grep -oE 'lladdr [^ ]+' | head -n 1; return ;; *FAILED*) return ;; esac; looks=$((looks - 1)); sleep ${1 / LOOKS.perSec}; done; }`;

/**
 * Refuses peers whose hosts answer on the network.
 *
 * @param peers shell text that gives them
 * @param known addresses of which nothing is said
 * @param more what passes others over
 */
function refuseAnswering(peers: string, known: readonly string[], more = ""): string {
  const listed = known.map((address) => word(address, "address")).join(" ");
  return `${WIRE}; for peer in ${peers}; do case " ${listed} " in *" $peer "*) continue ;; esac;${more} [ -n "$(wire "$peer")" ] || continue; echo "$peer is no member any more, and its host answers: without adverts it would take the address too; list it under leaving for one up, or switch it off"; exit 1; done`;
}

/** What a member has to know of the others before any of them is configured. */
export interface Peers {
  /** Name of this member, for messages. */
  member: string;
  /** Virtual address without prefix length. */
  vip: string;
  /** Addresses of the other members. */
  others: readonly string[];
  /** Addresses of hosts that leave, on which keepalived is ended next. @default none */
  ended?: readonly string[];
}

/**
 * Tells a member of peers that are new to it, before those start: one that hears no adverts would
 * take the address beside the one that has it. It takes nothing away. A peer that is to be forgotten while its
 * host answers is refused here, before anything is changed. So is a new member while a host that is none of the
 * members has the address: nobody is there to tell that host of the new one.
 *
 * The mark is that of a file's own script: who was killed before the reload is made good by the next run.
 */
export function addPeers({ member, vip, others, ended = [] }: Peers): string {
  const wanted = others.map((address) => word(address, "address")).join(" ");
  const known = [...others, ...ended].map((address) => word(address, "address")).join(" ");
  const address = word(vip, "vip");
  return `set -eu
umask 077
folder=${FOLDER}
conf=$folder/keepalived.conf
unread=$folder/.keepalived.conf.unread
if [ ! -s "$conf" ]; then
  ${WIRE}
  holder=$(wire ${address})
  [ -n "$holder" ] || exit 0
  for peer in ${known}; do
    [ "$(wire "$peer")" != "$holder" ] || exit 0
  done
  echo "${word(member, "member")}: a host that is no member (\${holder#lladdr }) has ${address}, and would keep it beside the members; switch it off, or list it under leaving if it was one" >&2
  exit 1
fi
${PEERS}
(
${refuseAnswering('$(peers "$conf")', [...others, ...ended])}
) >&2
# A roll-out of a connection that broke may still be at work.
exec 9<"$folder"
flock -w 60 9
missing=
for peer in ${wanted}; do
  peers "$conf" | grep -qxF "$peer" || missing="$missing $peer"
done
if [ -n "$missing" ]; then
  NEW=$(mktemp "$folder/.keepalived.conf.XXXXXX.new")
  trap 'rm -f "$NEW"' EXIT
  trap 'exit 1' HUP INT TERM
  awk -v more="$missing" '{ print } /unicast_peer [{]/ { count = split(more, list, " "); for (i = 1; i <= count; i++) print "    " list[i] }' "$conf" >"$NEW"
  chmod --reference="$conf" "$NEW"
  chown --reference="$conf" "$NEW"
  words=$(keepalived -t -f "$NEW" 2>&1) || { echo "keepalived refuses the new peers$missing; it keeps those that it has: $words" >&2; exit 1; }
  fresh=$(mktemp "$unread.XXXXXX")
  mv -fT "$fresh" "$unread"
  mv -fT "$NEW" "$conf"
fi
[ -e "$unread" ] || exit 0
${RELOAD_KEEPALIVED}
rm -f "$unread"
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
