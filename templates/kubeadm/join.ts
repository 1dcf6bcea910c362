import { literal, word } from "../text";
import { ETC, HALF_DONE, KUBEADM_THERE, SAY, WORK } from "./shell";

/** Program on the first master, the forced command of the key of a node, that gives a node what it needs to join. */
export const JOIN_COMMAND_FILE = "/usr/local/sbin/kubeadm-join-door";

const KEY = `\${HOMELAB_HA_JOIN_KEY:-/root/.ssh/homelab-kubeadm-join}`;

/** How long what a node needs to join is good for; the certificate key lives two hours in any case. */
const TOKEN_TTL = "15m";

/**
 * The forced command of a node's key on the first master. Its arguments come from authorized_keys,
 * never from the node. A node that has joined gets nothing any more.
 */
export function joinCommand(): string {
  return `#!/bin/sh
# kubeadm-join-door control-plane|worker NAME: what NAME needs to join, once, on standard output
set -eu
umask 077
role=$1
name=$2
kubernetes=${ETC}
work=${WORK}
KUBECONFIG=$kubernetes/admin.conf
export KUBECONFIG
fail() {
  printf 'join of %s: %s\\n' "$name" "$1" >&2
  exit 1
}
node=$(kubectl get node "$name" --ignore-not-found --request-timeout=10s --show-labels 2>/dev/null) || fail 'the API does not answer on the first master'
case $role in
  worker)
    [ -z "$node" ] || fail 'a node of this name is in the cluster; where the machine was replaced, run "kubectl delete node" first'
    ;;
  control-plane)
    case $node in
      *node-role.kubernetes.io/control-plane*) fail 'a master of this name is in the cluster; where the machine was replaced, remove its etcd member and its node first' ;;
    esac
    ;;
  *) fail 'expected control-plane or worker' ;;
esac
token=$(kubeadm token create --kubeconfig "$KUBECONFIG" --ttl ${TOKEN_TTL} --description "join of $name" 2>/dev/null | tail -n 1)
hash=$(openssl x509 -pubkey -noout -in "$kubernetes/pki/ca.crt" | openssl pkey -pubin -outform der | sha256sum | cut -d ' ' -f 1)
key=
if [ "$role" = control-plane ]; then
  key=$(kubeadm init phase upload-certs --upload-certs --config "$work/init.yaml" --kubeconfig "$KUBECONFIG" 2>/dev/null | tail -n 1)
  printf '%s\\n' "$key" | grep -qxE '[0-9a-f]{64}' || fail 'kubeadm gave no certificate key'
fi
printf '%s\\n' "$token" | grep -qxE '[a-z0-9]{6}\\.[a-z0-9]{16}' || fail 'kubeadm gave no token'
printf '%s sha256:%s %s\\n' "$token" "$hash" "$key"
`;
}

/** Makes the key with which a node asks for what it needs, once, and prints its public half. */
export function joinKey(): string {
  return `set -eu
umask 077
key=${KEY}
if [ ! -s "$key" ]; then
  mkdir -p "\${key%/*}"
  ssh-keygen -q -t ed25519 -N '' -C kubeadm-join -f "$key"
fi
public=$(ssh-keygen -y -f "$key")
printf '%s\\n' "$public" | cut -d ' ' -f 1,2
`;
}

/** A node that may ask the first master for what it needs to join. */
export interface Joining {
  role: "control-plane" | "worker";
  name: string;
  address: string;
}

/**
 * Lets the public key on standard input in on the first master: from the node's address only, for
 * the forced command only, and with the role and name that stand here.
 */
export function authorizeJoin({ role, name, address }: Joining): string {
  const from = word(address, "address");
  const node = word(name, "node");
  return `set -eu
umask 077
key=$(cat)
if ! printf '%s' "$key" | grep -qxE 'ssh-ed25519 [A-Za-z0-9+/]{60,}={0,2}' || [ "$(printf '%s\\n' "$key" | wc -l)" -ne 1 ]; then
  echo "expected one public ssh-ed25519 key on standard input; refuse to authorise anything else" >&2
  exit 1
fi
file=\${HOMELAB_HA_AUTHORIZED_KEYS:-$HOME/.ssh/authorized_keys}
mkdir -p "\${file%/*}"
# Workers come at the same time.
touch "$file"
exec 9<"\${file%/*}"
flock -w 60 9
line="restrict,from=\\"${from}\\",command=\\"${JOIN_COMMAND_FILE} ${role} ${node}\\" $key kubeadm-join ${node}"
grep -qxF "$line" "$file" && exit 0
# An older key of the same node goes.
new=$(mktemp "$file.XXXXXX")
{ grep -vE ' kubeadm-join ${node.replaceAll(".", "\\.")}$' "$file" || true; printf '%s\\n' "$line"; } >"$new"
mv -fT "$new" "$file"
`;
}

/** A node and the master that it asks. */
export interface JoinScript {
  role: "control-plane" | "worker";
  node: string;
  /** Account on the first master. */
  user: string;
  first: { address: string; port: number; hostKey: string };
  /** \`JoinConfiguration\` with placeholders. */
  configuration: string;
}

/**
 * Joins this host to the cluster whose CA is on standard input, once. A host that has joined is left
 * alone, one of another cluster is refused, and one where an earlier run was cut off tries again
 * with a new token and key. Both live in memory-backed files of root, for as long as kubeadm runs.
 */
export function joinScript({ role, node, user, first, configuration }: JoinScript): string {
  const name = word(node, "node");
  const address = word(first.address, "address");
  const port = word(first.port, "port");
  const known = port === "22" ? address : `[${address}]:${port}`;
  const master = role === "control-plane";
  return `set -eu
umask 077
kubernetes=${ETC}
work=${WORK}
mark=$work/join.begun
key_file=${KEY}
${SAY}fail() {
  printf '%s: %s\\n' ${literal(name, "node")} "$1" >&2
  exit 1
}
memory=$(mktemp -d "\${HOMELAB_HA_RUN:-/run}/kubeadm-join.XXXXXX")
trap 'rm -rf "$memory"' EXIT
trap 'exit 1' HUP INT TERM
cat >"$memory/ca.crt"
print() { openssl x509 -noout -fingerprint -sha256 -in "$1" 2>/dev/null; }
if [ -s "$kubernetes/kubelet.conf" ]; then
  [ "$(print "$kubernetes/pki/ca.crt")" = "$(print "$memory/ca.crt")" ] ||
    fail 'this host belongs to another cluster; take it out of that one by hand, for nothing here resets a node'
${master ? '  if [ ! -e "$mark" ]; then exit 0; fi' : '  # kubelet has its own certificate: whatever came after is not missed.\n  rm -f "$mark"\n  exit 0'}
fi
${KUBEADM_THERE}mkdir -p "$work"
printf '%s\\n' ${literal(`${known} ${first.hostKey}`, "host key")} >"$memory/known_hosts"
answer=$(ssh -F none -i "$key_file" -p ${port} -o IdentitiesOnly=yes -o BatchMode=yes \\
  -o StrictHostKeyChecking=yes -o UserKnownHostsFile="$memory/known_hosts" -o GlobalKnownHostsFile=none \\
  -o ConnectTimeout=20 ${word(user, "user")}@${address} join </dev/null 2>"$memory/words") ||
  fail "the first master gives no token: $(masked <"$memory/words" | tail -n 3)"
read -r token hash key <<ANSWER
$answer
ANSWER
: "$key"
cat >"$memory/join.yaml" <<CONFIGURATION
${configured(configuration)}CONFIGURATION
unset answer token hash key
again=
[ ! -e "$mark" ] || again=--ignore-preflight-errors=${HALF_DONE}
: >"$mark"
quietly kubeadm join --config "$memory/join.yaml" \${again:+"$again"} ||
  fail 'kubeadm join failed; mend what it says and run this again: it goes on where it can, and nothing is reset'
rm -f "$mark"
`;
}

/** The configuration as a here-document whose placeholders are the shell's variables. */
function configured(yaml: string): string {
  if (/[$`\\\\]/.test(yaml))
    throw new Error("kubeadm configuration: found $, backquote or backslash");
  // In quotes: a token of digits would be read as a number.
  return yaml
    .replace("token: TOKEN", 'token: "$token"')
    .replace("- CA_CERT_HASH", '- "$hash"')
    .replace("certificateKey: CERTIFICATE_KEY", 'certificateKey: "$key"');
}
