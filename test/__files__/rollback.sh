set -eu
umask 077
history=${HOMELAB_HA_HISTORY:-/var/lib/homelab-ha/history}
say() { printf '%s: %s: %s\n' 'traefik' "$1" "$2"; }
# The text that was live at the time is the one that was replaced first after it.
version_of() {
  find "$1" -type f -name '[0-9]*' | sort | awk -F/ '{ time = $NF; sub(/[.]none$/, "", time) } time "" > "1760000000000000000" { print; exit }'
}
new_of() { printf '%s/.%s.new' "${1%/*}" "${1##*/}"; }
unread_of() { printf '%s/.%s.unread' "${1%/*}" "${1##*/}"; }
targets=
bad=
# No path has a space in it: the script that puts files in place takes single words only.
for folder in $(find "$history" -type f -name .reload 2>/dev/null | sed 's/[/][.]reload$//' | sort); do
  target=${folder#"$history"}
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
  if ! words=$( { mkdir -p "${target%/*}" && cp -p --remove-destination "$version" "$NEW"; } 2>&1 ); then
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
