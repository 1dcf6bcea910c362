#!/bin/sh
# lsyncd runs this in place of rsync, and forgets what is not reported as broken off (12).
timeout -k 5 1800 /usr/bin/rsync "$@"
code=$?
# Not all could be read or stored: it may take a person to mend that.
[ "$code" != 23 ] || sleep 5
# Killed, or over the limit.
[ "$code" != 23 ] && [ "$code" -lt 124 ] || code=12
exit "$code"
