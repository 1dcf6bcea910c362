#!/bin/bash
# Exit 0 while traefik on this host answers /ping with 200. keepalived runs it.
exec 2>/dev/null
exec 3<>/dev/tcp/127.0.0.1/8080 || exit 1
printf 'GET /ping HTTP/1.0\r\nHost: localhost\r\n\r\n' >&3 || exit 1
IFS= read -r -t 2 status <&3 || exit 1
[[ $status == HTTP/1.[01]\ 200* ]]
