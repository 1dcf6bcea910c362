import { word } from "../text";
import { ETC, HALF_DONE, KUBEADM_THERE, SAY, WORK } from "./shell";

/**
 * The CA of a new cluster, printed; of one that runs already, its CA. Refuses where an API server
 * answers at the endpoint although this host has no CA: it would found a second cluster.
 *
 * @param version release that the kubeadm on the host must be of
 */
export function initCa({ endpoint, version }: { endpoint: string; version?: string | undefined }) {
  const at = word(endpoint, "endpoint");
  const minor = version === undefined ? undefined : word(minorOf(version), "version");
  return `set -eu
umask 077
kubernetes=${ETC}
ca=$kubernetes/pki/ca.crt
${SAY}if [ ! -s "$ca" ]; then
${indented(KUBEADM_THERE)}${minor === undefined ? "" : `  found=$(kubeadm version -o short)\n  case $found in\n    ${minor}.*) ;;\n    *)\n      echo "kubeadm is $found, expected ${minor}.x; install that release, or change kubeadm.version" >&2\n      exit 1\n      ;;\n  esac\n`}  # Any answer will do; -k because there is no CA yet to know it by.
  if curl -ks -o /dev/null --max-time 5 "https://${at}/version"; then
    echo "an API server answers at ${at}, but this host belongs to no cluster; list a master first that does, and this one after it" >&2
    exit 1
  fi
  mkdir -p "$kubernetes/pki"
  quietly kubeadm init phase certs ca --cert-dir "$kubernetes/pki"
fi
cat "$ca"
`;
}

/**
 * \`kubeadm init\` with the configuration on standard input, once. A host that is a master is left
 * alone; one where an earlier run was cut off goes on where it can. Nothing is ever reset.
 *
 * @param endpoint \`address:port\` of the cluster
 */
export function initFirst(endpoint: string): string {
  const at = word(endpoint, "endpoint");
  return `set -eu
umask 077
kubernetes=${ETC}
work=${WORK}
mark=$work/init.begun
${SAY}mkdir -p "$kubernetes" "$work"
cat >"$work/init.yaml.new"
mv -f "$work/init.yaml.new" "$work/init.yaml"
if [ -s "$kubernetes/admin.conf" ] && [ ! -e "$mark" ]; then exit 0; fi
${KUBEADM_THERE}again=
[ ! -e "$mark" ] || again=--ignore-preflight-errors=${HALF_DONE}
: >"$mark"
# Without the token in its last words, and without one for certificates, which would expire unused.
if ! quietly kubeadm init --config "$work/init.yaml" --skip-token-print \${again:+"$again"}; then
  echo "kubeadm init for ${at} failed; mend what it says and run this again: it goes on where it was, and nothing is reset" >&2
  exit 1
fi
rm -f "$mark"
`;
}

function minorOf(version: string): string {
  return version.split(".").slice(0, 2).join(".");
}

function indented(script: string): string {
  return script.replace(/^(?=.)/gm, "  ");
}
