import { word } from "../text";

/** How long the HA manager of a cluster may take to come up: a lock that a crash left runs out after 120 s. */
export const MANAGER_PATIENCE_SEC = 150;

/**
 * POSIX shell for a node of the cluster that waits until the HA manager has listed the cluster's nodes.
 * Where HA was never used it has not: it becomes master with the first HA resource, and until then
 * Proxmox counts no nodes and refuses every keep-apart rule.
 */
export function haManagerUpScript(group: string): string {
  return `# keep-apart rules of ${word(group, "group")} need an HA manager that lists the nodes
set -eu
waited=0
while :; do
  status=$(pvesh get /cluster/ha/status/manager_status --output-format json)
  nodes=$(printf '%s' "$status" | perl -MJSON::PP -0777 -ne 'print scalar keys %{decode_json($_)->{manager_status}{node_status} // {}}')
  [ "$nodes" = 0 ] || exit 0
  if [ "$waited" -ge ${MANAGER_PATIENCE_SEC} ]; then
    echo "the HA manager has not started within ${MANAGER_PATIENCE_SEC} s of the first HA resource; look at systemctl status pve-ha-crm on every node, then repeat the update" >&2
    exit 1
  fi
  sleep 5
  waited=$((waited + 5))
done
`;
}
