set -eu
umask 077
key=$(cat)
if ! printf '%s' "$key" | grep -qxE 'ssh-ed25519 [A-Za-z0-9+/]{60,}={0,2}' || [ "$(printf '%s\n' "$key" | wc -l)" -ne 1 ]; then
  echo "expected one public ssh-ed25519 key on standard input; refuse to authorise anything else" >&2
  exit 1
fi
file=$HOME/.ssh/authorized_keys
mkdir -p "$HOME/.ssh"
touch "$file"
mark=$(printf '%s %s' '192.168.1.110' "$key" | sha256sum | cut -c 1-16)
line="restrict,from=\"192.168.1.110\",command=\"/usr/local/bin/traefik-replication-door.sh $mark\" $key lsyncd"
new=$(mktemp "$file.XXXXXX")
trap 'rm -f "$new"' EXIT
awk -v key="$key" -v only='command="/usr/local/bin/traefik-replication-door.sh' 'index($0, key) || /^restrict,from=.* lsyncd$/ && (index($0, only "\"") || index($0, only " ")) { next } { print }' "$file" >"$new"
printf '%s\n' "$line" >>"$new"
if cmp -s "$new" "$file"; then exit 0; fi
mv -fT "$new" "$file"
