#!/bin/sh
# sshd runs this instead of what the replication key asks for.
asked=${SSH_ORIGINAL_COMMAND-}
refuse() {
  printf 'refused: %s\n' "$1" >&2
  logger -t traefik-replication -- "refused: $1" 2>/dev/null
  exit 1
}
if [ "$asked" != 'rsync --server --daemon .' ]; then
  refuse "$(printf %s "$asked" | LC_ALL=C tr -c ' -~' '?' | cut -c 1-200)"
fi
# sshd looks at keys only when a connection begins, and lsyncd's lasts.
grep -q "^[^#]*command=\"$0\"" "$HOME/.ssh/authorized_keys" 2>/dev/null || refuse 'no key is let in for this any more'
exec 3<<'EOF'
use chroot = yes
# Only root may shut itself into a directory, and the files belong to root.
uid = 0
gid = 0
numeric ids = yes
list = no
read only = no
write only = yes
reverse lookup = no
timeout = 300
refuse options = * !recursive !times !perms !force !modify-window secluded-args

[dynamic]
  path = /etc/traefik/dynamic
  exclude = /routes.yml /certificates.yml acme.json .*
  incoming chmod = ug-s,go-w,F-x

[certificates]
  path = /etc/traefik/certificates
  exclude = acme.json .*
  incoming chmod = D700,F600
EOF
cd /
# The daemon looks for its client's address here.
exec env -i SSH_CONNECTION="$SSH_CONNECTION" /usr/bin/rsync --server --daemon --config=/proc/self/fd/3 .
