#!/bin/bash
# Keeps open connections while the virtual address moves on purpose.
set -u
export LC_ALL=C
script=/usr/local/bin/keepalived_handover.sh
state=/run/keepalived-handover
vips=(192.168.1.101 fd00:1::101)
device=eth0
declare -A peers=([192.168.1.103]=traefik-2)
port=8082
seconds=60
sysctls=/proc/sys/net/ipv4/conf/$device

owns() { ip -o address show dev "$device" 2>/dev/null | grep -qF " ${vips[0]}/"; }
note() { logger -t keepalived-handover -- "$*" 2>/dev/null; }
# Whole seconds of a clock that nobody sets.
now() {
  local up
  read -r up _ </proc/uptime
  echo "${up%.*}"
}
# An IPv6 next hop for an address whose members talk IPv4 to each other.
linkLocal() { ip -o -6 address show dev "$device" scope link 2>/dev/null | awk '{ sub("/.*", "", $4); print $4; exit }'; }

# nftables text that passes packets on to one member; both families, all that is there already gone.
rules() {
  local vip hop family addresses limit
  for family in ip ip6; do
    echo "table $family keepalived_handover {}"
    echo "delete table $family keepalived_handover"
  done
  for vip in "${vips[@]}"; do
    family=ip addresses=ipv4_addr hop=$1 limit=ttl
    [[ $vip == *:* ]] && family=ip6 addresses=ipv6_addr limit=hoplimit
    [[ $family == ip6 && $hop != *:* ]] && hop=$2
    [[ -n $hop && $hop != - ]] || continue
    echo "table $family keepalived_handover {
  # Whose connection began here: between SYN and ACK there is no whole socket, as there is none
  # of a connection that is over, whose port a client may meanwhile use with another member.
  set begun {
    type $addresses . inet_service
    size 65536
    flags dynamic,timeout
    timeout 10s
  }
  chain prerouting {
    type filter hook prerouting priority mangle; policy accept;
    iifname \"$device\" $family daddr $vip meta l4proto tcp goto choose
  }
  chain choose {
    tcp flags & (syn | ack) == syn update @begun { $family saddr . tcp sport } accept
    tcp flags & syn != 0 accept
    socket wildcard 0 accept
    $family saddr . tcp sport @begun accept
    # A stray packet must not go round between members.
    $family $limit 1 accept
    $family $limit > 4 $family $limit set 4
    dup to $hop device \"$device\"
    drop
  }
}"
  done
}

# Says what keeps this host from it, and what to do.
problem() {
  local out
  command -v nft >/dev/null || { echo "nft is not installed; run \`pulumi up\`"; return; }
  command -v systemd-run >/dev/null || { echo "systemd-run is not installed"; return; }
  if [[ ${vips[*]} == *.* ]] && ! { true >>"$sysctls/arp_ignore"; } 2>/dev/null; then
    echo "$sysctls/arp_ignore cannot be written; mount /proc/sys/net writable in the container"
    return
  fi
  set -- "${!peers[@]}"
  out=$(rules "$1" fe80::1 | nft -c -f - 2>&1) || {
    out=${out%%$'\n'*}
    echo "the kernel takes no rule with \"socket\" and \"dup\" (${out#*Error: }); load nf_tables, nft_socket, nft_dup_ipv4 and nft_dup_ipv6 on the node (/etc/modules)"
  }
}

later() { systemd-run --quiet --collect --no-block --on-active="$1" --timer-property=AccuracySec=100ms "$script" due >/dev/null 2>&1; }

# Writes how long something stays; a longer time that was asked for before stays.
until_() {
  local end=$(($(now) + $2)) old=0
  [[ -r $state/$1 ]] && read -r old _ <"$state/$1"
  ((old > end)) && end=$old
  echo "$end ${3-} ${4-}" >"$state/$1"
  later "$2"
}

hold() {
  local vip name
  mkdir -p "$state"
  for name in arp_ignore arp_announce; do
    [[ -e $state/$name || ! -e $sysctls/$name ]] || cp "$sysctls/$name" "$state/$name"
  done
  until_ hold "$1" || return 1
  # Before the address is on lo: from then on nobody may hear of it by ARP but through keepalived.
  [[ ! -e $state/arp_ignore ]] || { echo 1 >"$sysctls/arp_ignore"; echo 2 >"$sysctls/arp_announce"; }
  for vip in "${vips[@]}"; do
    if [[ $vip == *:* ]]; then ip address add "$vip/128" dev lo nodad 2>/dev/null
    else ip address add "$vip/32" dev lo 2>/dev/null; fi
  done
  note "holds for $1 s"
  return 0
}

release() {
  local vip name
  [[ -e $state/hold ]] || return 0
  for vip in "${vips[@]}"; do
    if [[ $vip == *:* ]]; then ip address del "$vip/128" dev lo 2>/dev/null
    else ip address del "$vip/32" dev lo 2>/dev/null; fi
  done
  for name in arp_ignore arp_announce; do
    [[ ! -e $state/$name ]] || cat "$state/$name" >"$sysctls/$name"
    rm -f "$state/$name"
  done
  rm -f "$state/hold"
  note "holds no more"
}

pass() {
  local hop=-
  mkdir -p "$state"
  [[ -r $state/pass ]] && read -r _ hop _ <"$state/pass"
  # The same once more goes on as it is: a new table would forget who is in the middle of a handshake.
  if [[ $hop != "$2" ]] || ! { nft list table ip keepalived_handover || nft list table ip6 keepalived_handover; } >/dev/null 2>&1; then
    rules "$2" "$3" | nft -f - || return 1
    rm -f "$state/pass"
  fi
  until_ pass "$1" "$2" "$3" || { unpass; return 1; }
  note "passes on to ${peers[$2]} for $1 s"
  # Nobody waits for it: it runs until nothing is passed on, so there may be one already.
  systemd-run --quiet --collect --no-block --unit=keepalived-handover-watch "$script" watch >/dev/null 2>&1 9>&- &
}

unpass() {
  local family
  note "passes on no more"
  for family in ip ip6; do nft delete table $family keepalived_handover 2>/dev/null; done
  rm -f "$state/pass"
}

# One question to one member; its answer, or nothing.
ask() {
  timeout 3 bash -c 'exec 3<>"/dev/tcp/$1/$2" && printf "%s\n" "$3" >&3 && IFS= read -r answer <&3 && echo "$answer"' - "$1" "$port" "$2" 2>/dev/null
}

# All members at once: the ones that do not answer cost their time once.
askAll() {
  local address
  for address in "${!peers[@]}"; do
    { answer=$(ask "$address" "$1"); echo "$address ${answer:-no answer}"; } &
  done
  wait
}

# What is to be done by a single one at a time.
locked() {
  mkdir -p "$state"
  exec 9>"$state/lock"
  flock -w 10 9
}

leave() {
  local why address answer ready=0 length=$1 told='' held=''
  why=$(problem)
  if [[ -n $why ]]; then echo "$why"; return 1; fi
  # It may hold already, and only ask for more time.
  [[ ! -e $state/hold ]] || held=1
  hold "$length" || { release; echo "systemd takes no timer"; return 1; }
  while read -r address answer; do
    if [[ $answer == passes ]]; then ready=1
    else told="$told${told:+; }${peers[$address]}: ${answer#cannot }"; fi
  done < <(askAll "take $length $(linkLocal)")
  if [[ $ready == 1 ]]; then
    [[ -z $told ]] || echo "not by $told"
    return 0
  fi
  [[ -n $held ]] || release
  echo "$told"
  return 1
}

fetch() {
  local why address answer told=''
  ! owns || return 0
  why=$(problem)
  if [[ -n $why ]]; then echo "$why"; return 1; fi
  while read -r address answer; do
    case $answer in
      holds*)
        pass "$1" "$address" "${answer#holds }" && return 0
        told="the rules cannot be set"
        ;;
      none) ;;
      *) told="$told${told:+; }${peers[$address]}: ${answer#cannot }" ;;
    esac
  done < <(askAll "give $1 $(linkLocal)")
  echo "${told:-no other member has the address}"
  return 1
}

due() {
  local end
  for what in hold pass; do
    [[ -r $state/$what ]] || continue
    read -r end _ <"$state/$what"
    ((end > $(now))) && continue
    if [[ $what == hold ]]; then release; else unpass; fi
  done
}

# A member that died holds nothing: its clients shall hear so from here, not wait.
watch() {
  local end hop missed=0
  while [[ -r $state/pass ]]; do
    read -r end hop _ <"$state/pass"
    case $(ask "$hop" holding) in
      yes) missed=0 ;;
      no) missed=3 ;;
      *) missed=$((missed + 1)) ;;
    esac
    if ((missed >= 3)); then
      locked
      # Meanwhile it may be another one that is passed to.
      [[ -r $state/pass && $(<"$state/pass") == *" $hop "* ]] && unpass
      flock -u 9
      missed=0
    fi
    sleep 1
  done
}

serve() {
  local verb length hop why from=${REMOTE_ADDR:-none}
  [[ -v peers[$from] ]] || exit 0
  read -r -t 3 verb length hop || exit 0
  [[ $verb == holding ]] && { [[ -e $state/hold ]] && echo yes || echo no; exit 0; }
  [[ $length =~ ^[0-9]{1,4}$ ]] && ((length <= 3600)) || exit 0
  [[ ${hop:--} =~ ^[0-9a-f:-]+$ ]] || exit 0
  why=$(problem)
  [[ -z $why ]] || { echo "cannot $why"; exit 0; }
  locked
  case $verb in
    take) if pass "$length" "$from" "${hop:--}"; then echo passes; else echo "cannot set the rules"; fi ;;
    give)
      owns || { echo none; exit 0; }
      # What it passes on to the asker now goes on until the asker has the address; HOPS ends a circle.
      if hold "$length"; then echo "holds $(linkLocal)"; else release; echo "cannot start a timer"; fi
      ;;
  esac
}

case ${1-} in
  check) why=$(problem); [[ -z $why ]] || { echo "$why"; exit 1; } ;;
  leave | fetch)
    locked
    told=$("$1" "${2:-$seconds}")
    status=$?
    [[ -z $told ]] || { note "$1: $told"; echo "$told"; }
    exit $status
    ;;
  holds) [[ -e $state/hold ]] ;;
  end) locked; release; unpass ;;
  due) locked; due ;;
  watch) watch ;;
  serve) serve ;;
  *) echo "usage: $0 check|leave|fetch|holds|end" >&2; exit 2 ;;
esac
