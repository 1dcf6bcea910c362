set -eu
found=$(/usr/local/bin/traefik version 2>/dev/null | sed -n 's/^Version: *v\{0,1\}//p') || found=
[ "$found" = 3.5.0 ] && exit 0
echo "/usr/local/bin/traefik is ${found:-not there}, expected 3.5.0; set traefik.sha256 to the checksum of the release, so that it can be installed, or install it by hand" >&2
exit 1
