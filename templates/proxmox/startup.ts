/** A guest whose start-up order is set. */
export interface OrderedGuest {
  /** For messages. */
  name: string;
  vmid: number;
  type: "ct" | "vm";
  /** Place in the order, and seconds until the next place. @default no wait */
  startup: { order: number; upSec?: number | undefined };
}

/** Sets the start-up order of a guest on the node that holds it, if it is another one. */
export function startupScript({ name, vmid, type, startup }: OrderedGuest): string {
  const order = `order=${startup.order}${startup.upSec === undefined ? "" : `,up=${startup.upSec}`}`;
  const kind = type === "ct" ? "lxc" : "qemu";
  return `# start-up order of ${name}
set -eu
guests=$(pvesh get /cluster/resources --type vm --output-format json)
# HA moves guests: ask for the node that holds it now.
node=$(printf '%s' "$guests" | perl -MJSON::PP -0777 -ne 'for (@{decode_json($_)}) { print $_->{node} if $_->{id} eq "${kind}/${vmid}" }')
if [ -z "$node" ]; then
  echo "${kind}/${vmid} (${name}) is not in the cluster; correct its vmid or type, or create it first" >&2
  exit 1
fi
config=/nodes/$node/${kind}/${vmid}/config
now=$(pvesh get "$config" --output-format json | perl -MJSON::PP -0777 -ne 'print decode_json($_)->{startup} // ""')
# A guest that is being backed up is locked: leave it alone when there is nothing to change.
[ "$now" = "${order}" ] || pvesh set "$config" --startup "${order}"
`;
}
