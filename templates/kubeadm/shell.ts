/** Where marks of work in progress lie: what is there when a run was cut off. */
export const WORK = `\${HOMELAB_HA_KUBEADM:-/var/lib/homelab-ha/kubeadm}`;

/** The folder of Kubernetes; the variable is for tests, which must not write where a host does. */
export const ETC = `\${HOMELAB_HA_KUBERNETES:-/etc/kubernetes}`;

/**
 * Runs kubeadm with the log kept apart: a token or a key in its words would reach the state and the
 * logs of whoever runs this.
 */
export const SAY = `masked() { sed -E 's/[a-z0-9]{6}\\.[a-z0-9]{16}/***/g; s/\\b[0-9a-f]{64}\\b/***/g'; }
quietly() {
  words=$("$@" 2>&1) && return 0
  printf '%s\\n' "$words" | masked | tail -n 40 >&2
  return 1
}
`;

/** Where the control plane has traces of an earlier run that kubeadm would stumble over. */
export const HALF_DONE =
  "DirAvailable--etc-kubernetes-manifests,DirAvailable--var-lib-etcd,FileAvailable--etc-kubernetes-manifests-kube-apiserver.yaml,FileAvailable--etc-kubernetes-manifests-kube-controller-manager.yaml,FileAvailable--etc-kubernetes-manifests-kube-scheduler.yaml,FileAvailable--etc-kubernetes-manifests-etcd.yaml,FileAvailable--etc-kubernetes-kubelet.conf,FileAvailable--etc-kubernetes-bootstrap-kubelet.conf,FileAvailable--etc-kubernetes-pki-ca.crt,Port-6443,Port-10250,Port-10257,Port-10259,Port-2379,Port-2380";

export const KUBEADM_THERE = `if ! command -v kubeadm >/dev/null || ! command -v kubelet >/dev/null; then
  echo "kubeadm and kubelet are not installed here; make them part of the image, with a container runtime (docs/api-load-balancer.md)" >&2
  exit 1
fi
`;
