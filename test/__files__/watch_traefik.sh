#!/bin/bash
# Writes 1 into the file while traefik on this host answers /ping with 200, else 0.
file=/run/keepalived-track/traefik
interval=200000
timeout=150000
tell() { printf %s "$1" 1<>"$file"; }

if [[ $1 == failed ]]; then
  tell 0
  exit
fi

trap '' PIPE
trap 'exec "$0" keep' HUP
good=0
if [[ $1 == keep && -s $file ]]; then read -r -n 1 good <"$file"; else tell 0; fi
# A pipe into which nobody writes: reading from it is a pause.
exec 4<> <(:)

fit() {
  local status=
  exec 3<>/dev/tcp/127.0.0.1/8080 || return 1
  printf 'GET /ping HTTP/1.0\r\nHost: localhost\r\n\r\n' >&3
  local asked=${EPOCHREALTIME/[.,]/} over
  IFS= read -r -t 0.15 status <&3
  local end=$?
  over=$((${EPOCHREALTIME/[.,]/} - asked - timeout))
  ((over <= 0)) || ((late += over))
  exec 3>&-
  [[ $status == HTTP/1.[01]\ 200* ]] && return
  ((end <= 128)) || return 2
  return 1
} 2>/dev/null

same=0
excused=0
well=0
next=${EPOCHREALTIME/[.,]/}
while :; do
  late=$((${EPOCHREALTIME/[.,]/} - next))
  fit
  found=$?
  clock=${EPOCHREALTIME/[.,]/}
  now=$((found == 0))
  well=$((now ? well + 1 : 0))
  ((well < 5)) || excused=0
  if ((good && found == 2 && late > 50000 && excused < 5)); then
    ((++excused))
  elif ((now == good)); then
    same=0
  elif ((++same >= (good ? 2 : 5))); then
    good=$now
    same=0
    tell "$good"
  fi
  # Rounds keep their beat; one that took too long skips beats.
  next=$((next + interval * ((clock - next) / interval + 1)))
  # The clock was set back.
  ((next > clock + interval)) && next=$((clock + interval))
  printf -v pause '%d.%06d' $(((next - clock) / 1000000)) $(((next - clock) % 1000000))
  read -r -t "$pause" <&4
done
