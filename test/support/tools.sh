#!/bin/sh
# Makes sure that the programs the tests feed configuration files to are there: tool:package of
# Debian, the one list of them. Installs what is missing when it may, else says what to install.
set -eu
# Debian keeps daemons where only root looks.
PATH="$PATH:/usr/sbin:/sbin"

tools="
  chromium:chromium
  dig:bind9-dnsutils
  dnsmasq:dnsmasq-base
  fish:fish
  keepalived:keepalived
  haproxy:haproxy
  inotifywait:inotify-tools
  ip:iproute2
  logrotate:logrotate
  amtool:prometheus-alertmanager
  promtool:prometheus
  prometheus-blackbox-exporter:prometheus-blackbox-exporter
  lsyncd:lsyncd
  luac5.3:lua5.3
  nft:nftables
  openssl:openssl
  pg_ctlcluster:postgresql
  shellcheck:shellcheck
  ssh-keygen:openssh-client
  sshd:openssh-server
  systemd-analyze:systemd
  unbound:unbound
  unshare:util-linux
  zsh:zsh
"

missing=""
for entry in $tools; do
  command -v "${entry%%:*}" >/dev/null 2>&1 || missing="$missing ${entry#*:}"
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
  echo "installing for the tests:$missing" >&2
  export DEBIAN_FRONTEND=noninteractive
  # The tests need programs and start daemons of their own: none that comes along may run here.
  refusal=/usr/sbin/policy-rc.d
  if [ ! -e "$refusal" ]; then
    trap 'rm -f "$refusal"' EXIT
    trap 'exit 1' HUP INT TERM
    printf '#!/bin/sh\nexit 101\n' >"$refusal"
    chmod 755 "$refusal"
  fi
  # The package lists of a fresh image are empty or old: try, then refresh and try again.
  # shellcheck disable=SC2086
  apt-get install -y -qq --no-install-recommends $missing >/dev/null 2>&1 || {
    apt-get update -qq >/dev/null
    apt-get install -y -qq --no-install-recommends $missing >/dev/null
  }
  # Nor shall they after a reboot.
  case "$missing" in *openssh-server*)
    systemctl disable --quiet --now ssh.service ssh.socket 2>/dev/null || true
    ;;
  esac
  case "$missing" in *postgresql*)
    systemctl disable --quiet --now postgresql.service 2>/dev/null || true
    ;;
  esac
  case "$missing" in *unbound*)
    systemctl disable --quiet --now unbound.service 2>/dev/null || true
    ;;
  esac
  case "$missing" in *prometheus*)
    for unit in prometheus prometheus-alertmanager prometheus-node-exporter prometheus-blackbox-exporter; do
      systemctl disable --quiet --now "$unit.service" 2>/dev/null || true
    done
    ;;
  esac
else
  echo "the tests need programs that are not installed; install:$missing (on Debian: sudo apt-get install$missing)" >&2
  exit 1
fi
