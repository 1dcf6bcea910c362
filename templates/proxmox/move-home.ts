import { word } from "../text";

/** A guest that is to be at home before HA takes it over. */
export interface HomeGuest {
  name: string;
  vmid: number;
  type: "ct" | "vm";
  /** Node on which it belongs. */
  home: string;
}

/**
 * POSIX shell for a node of the cluster that brings guests home one after the other: HA leaves a guest
 * where it is only if its rule puts that node into the highest class, and otherwise chooses among the
 * nodes of that class by itself. A guest that is at home, or under HA already, is left alone, so that
 * the script can run again at any time. One with a replication job to its home is replicated first,
 * and is then down for its last changes only.
 */
export function moveHomeScript(group: string, guests: readonly HomeGuest[]): string {
  const calls = guests.map(({ name, vmid, type, home }) =>
    ["home", word(name, "name"), type === "ct" ? "lxc" : "qemu", vmid, word(home, "home")].join(
      " ",
    ),
  );
  return `# guests of ${word(group, "group")} go home before HA takes them over
set -eu
field() { perl -MJSON::PP -0777 -e '
  my ($list, $key, $value, $field) = (decode_json(<STDIN>), @ARGV);
  for (@$list) { print $_->{$field} // "" if $_->{$key} eq $value }' "$@"; }
member() { perl -MJSON::PP -0777 -e 'print decode_json(<STDIN>)->{$ARGV[0]} // ""' "$1"; }
home() {
  name=$1 kind=$2 vmid=$3 home=$4
  if [ "$kind" = lxc ]; then sid=ct:$vmid; else sid=vm:$vmid; fi
  managed=$(pvesh get /cluster/ha/resources --output-format json | field sid "$sid" sid)
  [ -z "$managed" ] || return 0
  guests=$(pvesh get /cluster/resources --type vm --output-format json)
  node=$(printf '%s' "$guests" | field id "$kind/$vmid" node)
  if [ -z "$node" ]; then
    echo "$kind/$vmid ($name) is not in the cluster; correct its vmid or type, or create it first" >&2
    exit 1
  fi
  [ "$node" != "$home" ] || return 0
  replicate
  status=$(printf '%s' "$guests" | field id "$kind/$vmid" status)
  set --
  if [ "$status" = running ] && [ "$kind" = lxc ]; then set -- --restart 1; fi
  if [ "$status" = running ] && [ "$kind" = qemu ]; then set -- --online 1 --with-local-disks 1; fi
  task=$(pvesh create "/nodes/$node/$kind/$vmid/migrate" --target "$home" "$@" --output-format json)
  upid=$(printf '%s' "$task" | sed -n 's/.*\\(UPID:[^" ]*\\).*/\\1/p' | tail -n 1)
  while :; do
    now=$(pvesh get "/nodes/$node/tasks/$upid/status" --output-format json)
    [ "$(printf '%s' "$now" | member status)" = running ] || break
    sleep 2
  done
  ended=$(printf '%s' "$now" | member exitstatus)
  if [ "$ended" != OK ]; then
    echo "$kind/$vmid ($name) did not move from $node to $home: $ended; task $upid" >&2
    exit 1
  fi
  echo "$kind/$vmid ($name) moved from $node to $home"
}
# Waits for the first copy on its home, if a job makes one; at most an hour.
replicate() {
  jobs=$(pvesh get "/nodes/$node/replication" --guest "$vmid" --output-format json)
  job=$(printf '%s' "$jobs" | field target "$home" id)
  [ -n "$job" ] || return 0
  pvesh create "/nodes/$node/replication/$job/schedule_now" >/dev/null
  waited=0
  while :; do
    jobs=$(pvesh get "/nodes/$node/replication" --guest "$vmid" --output-format json)
    synced=$(printf '%s' "$jobs" | field id "$job" last_sync)
    failed=$(printf '%s' "$jobs" | field id "$job" error)
    if [ -n "$failed" ] || [ "$waited" -ge 3600 ]; then
      echo "replication job $job of $name does not succeed: \${failed:-no copy after an hour}" >&2
      exit 1
    fi
    [ "\${synced:-0}" = 0 ] || return 0
    sleep 5
    waited=$((waited + 5))
  done
}
${calls.join("\n")}
`;
}
