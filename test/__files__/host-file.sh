# file /etc/keepalived/keepalived.conf on traefik, sha256 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
set -eu
umask 077
target='/etc/keepalived/keepalived.conf'
directory=${target%/*}
NEW=$directory/.${target##*/}.new
unread=$directory/.${target##*/}.unread
export NEW
fail() {
  printf '%s: %s: %s\n' 'traefik' "$target" "$1" >&2
  exit 1
}
trap 'rm -f "$NEW"' EXIT
trap 'exit 1' HUP INT TERM
(umask 022 && mkdir -p "$directory")
# A file of this name can only be left from a run that was killed.
rm -f "$NEW"
cat >"$NEW"
[ "$(sha256sum <"$NEW" | cut -d ' ' -f 1)" = e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855 ] || fail 'the text arrived incomplete; the old file stays'
chown root:root "$NEW"
chmod 0644 "$NEW"
same() {
  [ -f "$target" ] && [ ! -L "$target" ] && cmp -s "$NEW" "$target" &&
    [ "$(stat -c '%04a %U:%G' "$target")" = '0644 root:root' ]
}
if ! same; then
  words=$( (keepalived -t -f "$NEW") 2>&1 ) || fail "its daemon refuses the new text; the old file stays: $words"
  sync "$NEW"
  : >"$unread"
  mv -fT "$NEW" "$target"
fi
if [ -e "$unread" ]; then
  words=$( (systemctl try-reload-or-restart keepalived) 2>&1 ) || fail "the new text is in place, but the reload failed: $words"
  rm -f "$unread"
fi
