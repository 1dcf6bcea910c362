import { withPort } from "../network/address";
import { addressAlerts, REBOOT_SEC } from "./address-alerts";
import { clusterAlerts } from "./cluster-alerts";
import { JOBS } from "./jobs";
import { ofStack } from "./of-stack";
import type { Alert, MonitoringFacts } from "./types";

/** Every alert of a stack; only such as something really measures. */
export function alertsOf(facts: MonitoringFacts): Alert[] {
  const alerts = [
    ...facts.addresses.flatMap((address) => addressAlerts(facts, address)),
    ...facts.ingresses.map((ingress) => ingressUnreachable(facts, ingress)),
    ...routeAlerts(facts),
    ...proberAlert(facts),
    ...clusterAlerts(facts),
  ];
  return alerts.map((alert) => ({ ...alert, expr: ofStack(alert.expr, facts.stack) }));
}

/** MetalLB answers from another node within a few seconds; above ten is a bug, its documentation says. */
const METALLB_MOVE_SEC = 10;

function ingressUnreachable(
  { scrapeSec }: MonitoringFacts,
  { place, address, port }: MonitoringFacts["ingresses"][number],
): Alert {
  return {
    name: "AddressUnreachable",
    expr: `probe_success{job="${JOBS.addresses}",place="${place}"} == 0`,
    forSec: METALLB_MOVE_SEC + 2 * scrapeSec,
    severity: "critical",
    place,
    summary: `${withPort(address, port)} of ${place} takes no connections`,
    description: "MetalLB announces the address from no node, or no pod behind it is ready.",
    runbook: "address-missing",
  };
}

/** Without the prober nothing says that an address or a route is down. */
function proberAlert({ addresses, ingresses, scrapeSec, patience = 1 }: MonitoringFacts): Alert[] {
  if (addresses.length + ingresses.length === 0) return [];
  return [
    {
      name: "ProberDown",
      expr: `max(up{job="${JOBS.addresses}"}) == 0`,
      // Its host may restart.
      forSec: Math.ceil(REBOOT_SEC * patience + 2 * scrapeSec),
      severity: "warning",
      place: "monitoring",
      summary: "the blackbox exporter does not answer",
      description:
        "No address and no route is probed, so AddressUnreachable and RouteDown cannot fire: systemctl status prometheus-blackbox-exporter on the monitoring host.",
    },
  ];
}

/** One alert for the routes of each address; which route it is stands in its labels. */
function routeAlerts(facts: MonitoringFacts): Alert[] {
  const { routes, addresses, scrapeSec } = facts;
  return [...new Set(routes.map(({ place }) => place))].map((place): Alert => {
    const move = addresses.find((address) => address.place === place)?.moveSec ?? METALLB_MOVE_SEC;
    return {
      name: "RouteDown",
      expr: `probe_success{job="${JOBS.routes}",place="${place}"} == 0`,
      forSec: Math.ceil(move + 2 * scrapeSec),
      severity: "warning",
      place,
      summary: `{{ $labels.host }} does not answer through ${place}`,
      description:
        "The address may be well and the service behind the route down: Traefik then answers 502, 503 or 504, and 404 for a route that it does not have.",
      runbook: "member-unhealthy",
    };
  });
}
