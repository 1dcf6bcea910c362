# file /etc/keepalived/keepalived.conf on traefik, sha256 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
set -eu
umask 077
target='/etc/keepalived/keepalived.conf'
directory=${target%/*}
NEW=
unread=$directory/.${target##*/}.unread
history=${HOMELAB_HA_HISTORY:-/var/lib/homelab-ha/history}$target
export NEW
fail() {
  printf '%s: %s: %s\n' 'traefik' "$target" "$1" >&2
  exit 1
}
words=$( (umask 022 && mkdir -p "$directory") 2>&1 ) || fail "its directory cannot be made: $words"
# The run of a connection that broke may still be at work.
exec 9<"$directory"
flock -w 60 9 || fail 'another run has been at work here for more than 60 s; the old file stays'
trap '[ -z "$NEW" ] || rm -f "$NEW"' EXIT
trap 'exit 1' HUP INT TERM
# Such a file can only be left from a run that was killed.
rm -f "$directory/.${target##*/}.new" "$directory/.${target##*/}".??????.new
# A file of its own, which is never one, or a link, that was there before.
NEW=$(mktemp "$directory/.${target##*/}.XXXXXX.new" 2>&1) || { words=$NEW NEW=; fail "the text cannot be stored; the old file stays: $words"; }
words=$( { cat >"$NEW"; } 2>&1 ) || fail "the text cannot be stored; the old file stays: $words"
[ "$(sha256sum <"$NEW" | cut -d ' ' -f 1)" = e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855 ] || fail 'the text arrived incomplete; the old file stays'
words=$( { chown root:root "$NEW" && chmod 0644 "$NEW"; } 2>&1 ) || fail "owner and mode cannot be set; the old file stays: $words"
same() {
  [ -f "$target" ] && [ ! -L "$target" ] && cmp -s "$NEW" "$target" &&
    [ "$(stat -c '%04a %U:%G' "$target")" = '0644 root:root' ]
}
# shellcheck disable=SC2016 # kept as they are: they run at a roll-back
keep() {
  mkdir -p "$history" &&
    printf '%s' 'keepalived -t -f "$NEW"' >"$history/.test" &&
    printf '%s' 'systemctl try-reload-or-restart keepalived' >"$history/.reload" &&
    if [ -e "$target" ]; then
      cp -pL "$target" "$history/.partial" && mv "$history/.partial" "$replaced"
    else
      : >"$replaced.none"
    fi &&
    find "$history" -name '[0-9]*' | sort | head -n -10 | xargs -r rm -f
}
mark() {
  fresh=$(mktemp "$unread.XXXXXX") && mv -fT "$fresh" "$unread"
}
replaced=
if ! same; then
  words=$( (keepalived -t -f "$NEW") 9<&- 2>&1 ) || case $? in
    126 | 127) fail "it cannot be tested, so the old file stays; put back what is missing, then run up again: $words" ;;
    *) fail "its daemon refuses the new text; the old file stays: $words" ;;
  esac
  replaced=$history/$(date +%s%N)
  words=$( { keep && mark && sync "$NEW"; } 2>&1 ) || fail "the old version cannot be kept, so the old file stays: $words"
  mv -fT "$NEW" "$target"
fi
if [ -e "$unread" ]; then
  if ! words=$( (systemctl try-reload-or-restart keepalived) 9<&- 2>&1 ); then
    if [ -n "$replaced" ] && [ -e "$replaced" ]; then
      { cp -p --remove-destination "$replaced" "$NEW" && mv -fT "$NEW" "$target" && rm -f "$replaced"; } 2>/dev/null || fail "the reload failed, and the old text cannot be put back: $words"
      (systemctl try-reload-or-restart keepalived) 9<&- >/dev/null 2>&1 || fail "the reload failed, also with the old text, which is back: $words"
      rm -f "$unread"
      fail "the reload failed, so the old text is back: $words"
    fi
    fail "the new text is in place, but the reload failed: $words"
  fi
  rm -f "$unread"
fi
