import { ownsCommand } from "../keepalived/drain";
import { literal } from "../text";
import { HISTORY } from "./host-file";

/**
 * Prints what a host knows of its files, and changes nothing: `owner` when it has the virtual
 * address now, `healthy <time>` for each time at which a roll-out ended well, and
 * `change <time> <path>` for each text that was replaced. Times are nanoseconds since 1970.
 */
export function historyScript(vip: string): string {
  return `set -eu
history=${HISTORY}
if ${ownsCommand(vip)}; then echo owner; fi
[ -d "$history" ] || exit 0
[ ! -f "$history/.healthy" ] || sed 's/^/healthy /' "$history/.healthy"
find "$history" -type f -name '[0-9]*' | while read -r version; do
  time=\${version##*/}
  folder=\${version%/*}
  printf 'change %s %s\\n' "\${time%.none}" "\${folder#"$history"}"
done
`;
}

/** What a host goes back to. */
export interface RollbackScript {
  /** Name of the host, for messages. */
  host: string;
  /** Nanoseconds since 1970: every file gets the text that it had then. */
  to: string;
}

/**
 * POSIX shell that gives the files of a host the texts they had at an earlier time. First every
 * older text is tested by its daemon; unless all pass nothing is changed. What is live now joins the
 * history, so that the way back is open too. Prints a line for each file.
 */
export function rollbackScript({ host, to }: RollbackScript): string {
  if (!/^\d{19}$/.test(to)) throw new Error(`to: found "${to}", expected nanoseconds since 1970`);
  return `set -eu
umask 077
history=${HISTORY}
say() { printf '%s: %s: %s\\n' ${literal(host, "host")} "$1" "$2"; }
# The text that was live at the time is the one that was replaced first after it.
version_of() {
  find "$1" -type f -name '[0-9]*' | sort | awk -F/ '{ time = $NF; sub(/[.]none$/, "", time) } time "" > "${to}" { print; exit }'
}
new_of() { printf '%s/.%s.new' "\${1%/*}" "\${1##*/}"; }
unread_of() { printf '%s/.%s.unread' "\${1%/*}" "\${1##*/}"; }
targets=
bad=
# No path has a space in it: the script that puts files in place takes single words only.
for folder in $(find "$history" -type f -name .reload 2>/dev/null | sed 's/[/][.]reload$//' | sort); do
  target=\${folder#"$history"}
  version=$(version_of "$folder")
  case "$version" in
    '')
      say "$target" 'has not changed since then'
      continue
      ;;
    *.none)
      say "$target" 'did not exist then; it stays'
      continue
      ;;
  esac
  if cmp -s "$version" "$target" && [ "$(stat -c '%a %U:%G' "$version")" = "$(stat -c '%a %U:%G' "$target")" ]; then
    say "$target" 'has the text of that time already'
    continue
  fi
  NEW=$(new_of "$target")
  export NEW
  targets="$targets $target"
  if ! words=$( { mkdir -p "\${target%/*}" && cp -p --remove-destination "$version" "$NEW"; } 2>&1 ); then
    say "$target" "the older text cannot be put beside it: $words"
    bad=1
  elif [ -s "$folder/.test" ] && ! words=$(sh "$folder/.test" 2>&1); then
    say "$target" "its daemon refuses the older text: $words"
    bad=1
  fi
done
if [ -n "$bad" ]; then
  for target in $targets; do rm -f "$(new_of "$target")"; done
  say 'every file' 'stays as it is'
  exit 1
fi
for target in $targets; do
  now=$(date +%s%N)
  if [ -e "$target" ]; then
    cp -pL "$target" "$history$target/.partial"
    mv "$history$target/.partial" "$history$target/$now"
  else
    : >"$history$target/$now.none"
  fi
  NEW=$(new_of "$target")
  sync "$NEW"
  fresh=$(mktemp "$(unread_of "$target").XXXXXX")
  mv -fT "$fresh" "$(unread_of "$target")"
  mv -fT "$NEW" "$target"
  say "$target" 'went back'
done
for target in $targets; do
  if words=$(sh "$history$target/.reload" 2>&1); then
    rm -f "$(unread_of "$target")"
  else
    say "$target" "the older text is in place, but the reload failed: $words"
    bad=1
  fi
done
[ -z "$bad" ]
`;
}
