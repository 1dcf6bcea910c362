set -eu
set --
for package in keepalived curl; do
  status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) || status=
  [ "$status" = installed ] || set -- "$@" "$package"
done
[ $# -gt 0 ] || exit 0
export DEBIAN_FRONTEND=noninteractive
install() {
  apt-get update -qq &&
    apt-get install -y -qq --no-install-recommends -o DPkg::Lock::Timeout=300 "$@"
}
# The words of apt vary from run to run; only a failure is worth keeping.
words=$(install "$@" 2>&1) || { printf 'packages %s: %s\n' "$*" "$words" >&2; exit 1; }
