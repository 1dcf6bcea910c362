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
line="restrict,from=\"192.168.1.110\",command=\"/usr/local/bin/traefik-replication-door.sh\" $key lsyncd"
grep -qxF "$line" "$file" && exit 0
new=$(mktemp "$file.XXXXXX")
{ grep -vF "$key" "$file" || true; printf '%s\n' "$line"; } >"$new"
mv -fT "$new" "$file"
