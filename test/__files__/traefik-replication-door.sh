#!/bin/sh
# sshd runs this instead of what the replication key asks for.
asked=${SSH_ORIGINAL_COMMAND-}
refuse() {
  printf 'refused: %s\n' "$1" >&2
  timeout 5 logger -t traefik-replication -- "refused: $1" 2>/dev/null
}
if [ "$asked" != 'rsync --server --daemon .' ]; then
  refuse "$(printf %s "$asked" | LC_ALL=C tr -c ' -~' '?' | cut -c 1-200)"
  exit 1
fi
# sshd looks at keys only when a connection begins, and lsyncd's lasts.
if ! grep -v '^ *#' "$HOME/.ssh/authorized_keys" 2>/dev/null | grep -qF "command=\"$0${1:+ $1}\""; then
  refuse 'the key of this connection is not let in any more'
  case $(cat "/proc/$PPID/comm") in sshd*) kill "$PPID" ;; esac
  exit 1
fi
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
timeout = 120
refuse options = * !recursive !times !perms !force !modify-window !timeout secluded-args

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
