import { withPort } from "../../model/network/address";
import { word } from "../text";

/** What has to hold on a member while it is fit to own the virtual address. */
export interface HealthProbe {
  /** systemd units that are enabled, started and stay active, in the order in which they start. */
  units: readonly string[];
  /** URL on the member itself that returns 200 while its service is fit. */
  url: string;
  /** Virtual address and a port of the service behind it. */
  vip: { address: string; port: number };
}

/** Shell function `fit`; what is wrong is in `why` when it fails. */
export function healthyFunction(probe: HealthProbe): string {
  const address = word(probe.vip.address, "vip");
  const port = word(probe.vip.port, "port");
  const url = word(probe.url, "url");
  return `fit() {
  for unit in ${unitList(probe.units)}; do
    systemctl is-active --quiet "$unit" || { why="$unit is not active"; return 1; }
  done
  curl -fsS -o /dev/null --max-time 2 ${url} 2>/dev/null ||
    { why="${url} does not answer with 200"; return 1; }
  timeout 2 bash -c '</dev/tcp/${address}/${port}' 2>/dev/null ||
    { why="${withPort(probe.vip.address, probe.vip.port)}, the virtual address, does not take connections"; return 1; }
}
why=
`;
}

/** Names of units for a command line. */
export function unitList(units: readonly string[]): string {
  return units.map((name) => word(name, "unit")).join(" ");
}
