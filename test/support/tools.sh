#!/bin/sh
# Makes sure that the programs the tests feed configuration files to are there: tool:package of
# Debian, the one list of them. Installs what is missing when it may, else says what to install.
set -eu
# Debian keeps daemons where only root looks.
PATH="$PATH:/usr/sbin:/sbin"

tools="
  chromium:chromium
  keepalived:keepalived
  haproxy:haproxy
  inotifywait:inotify-tools
  ip:iproute2
  logrotate:logrotate
  lsyncd:lsyncd
  luac5.3:lua5.3
  openssl:openssl
  shellcheck:shellcheck
  ssh-keygen:openssh-client
  sshd:openssh-server
  systemd-analyze:systemd
  unshare:util-linux
"

missing=""
for entry in $tools; do
  command -v "${entry%%:*}" >/dev/null 2>&1 || missing="$missing ${entry#*:}"
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
  echo "installing for the tests:$missing" >&2
  export DEBIAN_FRONTEND=noninteractive
  # The package lists of a fresh image are empty or old: try, then refresh and try again.
  # shellcheck disable=SC2086
  apt-get install -y -qq --no-install-recommends $missing >/dev/null 2>&1 || {
    apt-get update -qq >/dev/null
    apt-get install -y -qq --no-install-recommends $missing >/dev/null
  }
  # The tests start an SSH server of their own; this machine shall not get a door by the way.
  case "$missing" in *openssh-server*)
    systemctl disable --quiet --now ssh.service ssh.socket 2>/dev/null || true
    ;;
  esac
else
  echo "the tests need programs that are not installed; install:$missing (on Debian: sudo apt-get install$missing)" >&2
  exit 1
fi
