#!/bin/bash
# What Traefik itself says to new configuration: static FILE | dynamic NAME FILE | certificates NAME FILE | directory
set -u
export LC_ALL=C
traefik=/usr/local/bin/traefik
directory=/etc/traefik/dynamic
umask 077
work=$(mktemp -d) || exit 1
pid=
stop() {
  [[ -n $pid ]] && kill -9 "$pid" && wait "$pid"
  pid=
} 2>/dev/null
trap 'stop; rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

refuse() {
  printf '%s\n' "$@" >&2
  exit 1
}

# Starts Traefik and waits until its log holds a pattern, or it ends by itself; at most 20 s.
run() {
  local config=$1 pattern=$2 log=$3 turn
  # Emptied here, or the words of the run before would count.
  : >"$log"
  "$traefik" --configFile="$config" >>"$log" 2>&1 9<&- &
  pid=$!
  for ((turn = 0; turn < 200; turn++)); do
    grep -qE "$pattern" "$log" && return 0
    kill -0 "$pid" 2>/dev/null || return 1
    sleep 0.1
  done
  return 1
}

if [[ ! -x $traefik ]]; then
  echo "$traefik is not there, so no configuration can be tried" >&2
  exit 127
fi

# Copies what Traefik would read, with one file replaced, and writes down what it says against it.
complaints() {
  local name=$1 file=$2 out=$3
  rm -rf "$work/dynamic" && mkdir "$work/dynamic"
  find "$directory" -maxdepth 1 -type f ! -name '.*' -regex '.*\.\(yml\|yaml\|toml\)' \
    -exec cp -t "$work/dynamic" {} + 2>/dev/null
  [[ -z $name ]] || cp "$file" "$work/dynamic/$name" || return 1
  cat >"$work/dynamic/homelab-trial-last-word.yml" <<EOF
udp: { routers: { homelab-trial-last-word: { entryPoints: [homelab-trial-last-word], service: homelab-trial-last-word } } }
EOF
  cat >"$work/static.yml" <<EOF
global: { checkNewVersion: false, sendAnonymousUsage: false }
log: { level: DEBUG, format: json }
entryPoints:
  web: { address: "127.0.0.1:0" }
  websecure: { address: "127.0.0.1:0" }
  management: { address: "127.0.0.1:0" }
  homelab-trial-last-word: { address: "127.0.0.1:0/udp" }
api: {}
ping: { entryPoint: management }
metrics: { prometheus: { entryPoint: management } }
providers: { file: { directory: "$work/dynamic", watch: false } }
EOF
  run "$work/static.yml" '"level":"error".*homelab-trial-last-word|Cannot start the provider \*file' "$work/log" ||
    { cat "$work/log" >&2; return 1; }
  grep -E '"level":"(error|fatal)"' "$work/log" | grep -v 'homelab-trial-last-word' |
    sed -E "s|$work/dynamic|$directory|g; s/\"(level|time|caller)\":\"[^\"]*\",?//g; s/[{}]//g; s/,\$//" |
    sort -u >"$out"
  stop
}

# Copies of NAME are tried in its place; what was said before counts against nobody.
dynamic() {
  local whole added
  complaints "$1" "$2" "$work/new" || refuse "Traefik could not try $1"
  [[ -s $work/new ]] || return 0
  complaints '' '' "$work/old" || : >"$work/old"
  whole=$(grep 'Cannot start the provider' "$work/new")
  [[ -z $whole ]] || refuse "$whole"
  added=$(comm -23 "$work/new" "$work/old")
  [[ -z $added ]] || refuse "$added"
}

named() { sed -n "s/^[ -]*$1: *//p" "$2" | tr -d "\"'"; }

# What is wrong with the pairs that a file names, as far as they are there.
pairs() {
  local certificate key public
  paste -d '|' <(named certFile "$1") <(named keyFile "$1") | while IFS='|' read -r certificate key; do
    public=
    if [[ -e $certificate ]] && ! public=$(openssl x509 -in "$certificate" -noout -pubkey 2>/dev/null); then
      echo "$certificate holds no certificate that can be read"
    elif [[ -e $key ]] && ! openssl pkey -in "$key" -passin pass: -noout 2>/dev/null; then
      echo "$key holds no private key that can be read"
    elif [[ -e $certificate && -e $key && $public != "$(openssl pkey -in "$key" -passin pass: -pubout 2>/dev/null)" ]]; then
      echo "$certificate and $key do not belong together"
    fi
  done
}

certificates() {
  local turn wrong path
  # A renewal puts one file of a pair after the other in place.
  for ((turn = 0; turn < 6; turn++)); do
    wrong=$(pairs "$2")
    [[ -n $wrong ]] || break
    sleep 0.5
  done
  [[ -z $wrong ]] || refuse "$wrong"
  while read -r path; do
    [[ -e $path ]] || return 0
  done < <(named certFile "$2" && named keyFile "$2")
  dynamic "$1" "$2"
}

case ${1-} in
  static)
    unknown=$(grep -oE '^[A-Za-z]+' "$2" | grep -vxE 'accessLog|api|core|entryPoints|experimental|global|hostResolver|log|metrics|ocsp|ping|providers|serversTransport|spiffe|tcpServersTransport|tracing')
    [[ $unknown == *certificatesResolvers* ]] &&
      refuse "found certificatesResolvers: every member would ask for the same certificates and be locked out; get them outside Traefik and name them in the pair's certificates"
    [[ -z $unknown ]] || refuse "unknown part of the static configuration: ${unknown//$'\n'/, }"
    sed -E 's/(address: *"?)[^":]*:[0-9]+/\1127.0.0.1:0/; s/level: .*/level: INFO/' "$2" >"$work/static.yml"
    run "$work/static.yml" 'Starting provider aggregator' "$work/log" || refuse "$(tail -n 3 "$work/log")"
    ;;
  dynamic) dynamic "$2" "$3" ;;
  certificates) certificates "$2" "$3" ;;
  directory)
    complaints '' '' "$work/new" || refuse "Traefik could not try $directory"
    [[ ! -s $work/new ]] || refuse "$(cat "$work/new")"
    ;;
  *) refuse "usage: $0 static FILE | dynamic NAME FILE | certificates NAME FILE | directory" ;;
esac
