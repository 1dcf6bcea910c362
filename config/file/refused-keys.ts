import { sectionsOf } from "../virtual-addresses";

/** Keys of other tools that have no counterpart here on purpose; a list of the known keys would not say why. */
const reasons: readonly { keys: RegExp; reason: string }[] = [
  {
    keys: /^auth_?(pass|type|password)$|^authentication$/i,
    reason:
      "VRRP version 3 has no password, and version 2 sends the first 8 characters in clear (RFC 3768), so one keeps nobody out; remove it: adverts go to the members alone, and the output `firewall` says what to let through",
  },
  {
    keys: /^(ssl_?)?verify$|^insecure_?skip_?(tls_?)?verify$/i,
    reason:
      "the health check always verifies the API servers against the cluster's CA, for whoever answers would be believed otherwise; remove it, and set caCertificate",
  },
  {
    keys: /^health_?(check)?_?(path|uri|url)$|^check_?(path|uri|url)$/i,
    reason:
      "the health check always asks for /readyz: /healthz and /livez stay good while a server shuts down; remove it",
  },
];

/** Why a key of a virtual address is not there, if there is a reason. */
export function refusedKey(
  key: string,
  path: readonly (string | number | symbol)[],
): string | undefined {
  if (!sectionsOf("vrrp").some(({ name }) => name === path[0])) return undefined;
  const found = reasons.find(({ keys }) => keys.test(key));
  // Traefik's checks are its own; only API servers have /readyz and a CA.
  const known = path[0] === "apiLoadBalancers" || found === reasons[0];
  return known ? found?.reason : undefined;
}
