import { canonicalAddress } from "../../model/network/address";
import { isAddress, rangeContains } from "../../model/network/address-ranges";
import { judgeHostnames, judgeRecords } from "../../model/network/ingress-rules";
import { judgeConnectors } from "../../model/network/tunnel-connectors";
import { addressOf } from "../../model/text";
import { fromFinding, type Problem } from "../file/problem";
import type { Path } from "../file/raw";
import { hostFacts } from "../hosts";
import { clusterNames, kubernetesCluster, tunnelCluster } from "../kubernetes-objects";
import { hostProblems } from "../sections/host-fields";
import type { StackConfig } from "../stack";
import type { TunnelOriginConfig } from "../tunnel-origins";
import { addressSections, vrrpAddresses } from "../virtual-addresses";

type Tunnel = StackConfig["tunnels"][string];

const error = (path: Path, message: string): Problem => ({ path, message, severity: "error" });

/** Tunnels: host names, what is behind them, and who holds them open. */
export function tunnelProblems(stack: StackConfig): Problem[] {
  const owners = new Map<string, string>();
  return Object.entries(stack.tunnels).flatMap(([name, tunnel]) => {
    const { namespace, zone, ingress, existing, connectors } = tunnel;
    const at = `${tunnelCluster(stack, name)} ${namespace}`;
    const owner = connectors ? undefined : owners.get(at);
    if (!connectors) owners.set(at, owner ?? name);
    const shared =
      owner === undefined
        ? []
        : [
            error(
              ["tunnels", name, "namespace"],
              `namespace "${namespace}" is made by tunnel "${owner}" already; give "${name}" one of its own`,
            ),
          ];
    const hostnames = ingress.map(({ hostname }) => hostname);
    const records = Object.keys(existing?.records ?? {});
    const rules = [...judgeHostnames(zone, hostnames), ...judgeRecords(records, hostnames)].map(
      (finding) => fromFinding(["tunnels", name], finding),
    );
    const origins = ingress.flatMap(({ origin }, index) =>
      originProblems(stack, ["tunnels", name, "ingress", index, "origin"], origin, {
        ...tunnel,
        home: tunnelCluster(stack, name),
      }),
    );
    return [
      ...shared,
      ...rules,
      ...origins,
      ...homeProblems(stack, name, tunnel),
      ...connectorProblems(stack, name, tunnel),
    ];
  });
}

/** An origin that moves without the tunnel, or that its connectors do not reach. */
function originProblems(
  stack: StackConfig,
  path: Path,
  origin: TunnelOriginConfig,
  { connectors, home }: Tunnel & { home: string | undefined },
): Problem[] {
  const cluster = stack.kubernetesIngress[origin.ingress ?? ""]?.cluster;
  const known = home !== undefined && kubernetesCluster(stack, home) !== undefined;
  if (!connectors && known && cluster !== undefined && cluster !== home) {
    return [
      error(
        [...path, "ingress"],
        `"${origin.ingress}" is a Service of the cluster "${cluster}", whose name the pods of this tunnel, in "${home}", cannot resolve; give it a tunnel of its own with cluster: ${cluster}`,
      ),
    ];
  }
  if (origin.ingress !== undefined && connectors) {
    return [
      error(
        [...path, "ingress"],
        `"${origin.ingress}" is a Service of Kubernetes, whose name the hosts under connectors cannot resolve; remove connectors, so that pods hold the tunnel open, or lead to something outside the cluster`,
      ),
    ];
  }
  if (origin.guest !== undefined) {
    const guest = stack.guests[origin.guest];
    return guest && guest.address === undefined
      ? [
          error(
            ["guests", origin.guest, "address"],
            "missing, but a tunnel leads to this guest; state the address that it keeps (a reservation, if it is DHCP's)",
          ),
        ]
      : [];
  }
  if (origin.host === undefined) return [];
  const at = [...path, "host"];
  if (/^(127\.|::1$|localhost$)/.test(origin.host)) {
    const who = connectors ? "each of the hosts under connectors" : "the pod of cloudflared";
    return [
      error(
        at,
        `found ${origin.host}, which is ${who} itself; state the address of the host that answers`,
      ),
    ];
  }
  const instead = isAddress(origin.host) ? referenceInstead(stack, origin.host) : undefined;
  return instead === undefined ? [] : [error(at, `found ${origin.host}, ${instead}`)];
}

/** Why a literal address would be left behind, with the reference that is not. */
function referenceInstead(stack: StackConfig, host: string): string | undefined {
  const same = (address: string | undefined) =>
    address !== undefined && canonicalAddress(addressOf(address)) === canonicalAddress(host);
  for (const { section, name, place, settings } of vrrpAddresses<{ vip: string; vip6?: string }>(
    stack,
  )) {
    if (!same(settings.vip) && !same(settings.vip6)) continue;
    const { reference } = addressSections[section];
    return `the virtual address of ${place}, which this rule would not follow when it is renumbered; write { ${reference}: ${name} }`;
  }
  for (const [name, { address, address6 }] of Object.entries(stack.kubernetesIngress)) {
    if (!same(address) && !same(address6)) continue;
    return `the address of the Service kubernetesIngress.${name}, which moves; write { ingress: ${name} }`;
  }
  for (const [name, { address, address6 }] of Object.entries(stack.kubernetes)) {
    if (!same(address) && !same(address6)) continue;
    return `the API's address of kubernetes.${name}, which its masters move; lead to kubernetes.default.svc through a Service instead`;
  }
  for (const [name, { from, to }] of Object.entries(stack.cutovers)) {
    if (!same(from)) continue;
    const target = Object.entries(to).find(([, value]) => value !== undefined);
    return `which cutovers.${name} moves away from; write { ${target?.[0] === "kubernetesIngress" ? "ingress" : target?.[0]}: ${target?.[1]} }`;
  }
  for (const [name, guest] of Object.entries(stack.guests)) {
    if (!same(guest.address) && !same(guest.address6)) continue;
    return `the address of the guest "${name}", which is stated in homelab:guests; write { guest: ${name} }`;
  }
  for (const [segment, { pools }] of Object.entries(stack.cluster.segments)) {
    for (const [pool, { kind, range, range6 }] of Object.entries(pools)) {
      const inside = [range, range6].some((one) => one !== undefined && rangeContains(one, host));
      if (!inside) continue;
      return kind === "dhcp"
        ? `in the DHCP pool ${segment}.${pool}, so another host may get it tomorrow; reserve an address outside of the pool`
        : `in the pool ${segment}.${pool}, from which a Service may get it at any time; write { ingress: <name> }, or use an address outside of the pool`;
    }
  }
  return undefined;
}

/** Pods need a cluster: one that is named, that of an ingress behind the tunnel, or the only one that there is. */
function homeProblems(
  stack: StackConfig,
  name: string,
  { connectors, cluster, ingress }: Tunnel,
): Problem[] {
  if (connectors && cluster !== undefined) {
    return [
      error(
        ["tunnels", name, "cluster"],
        `found "${cluster}", but the hosts under connectors hold this tunnel open, not its pods; remove one of the two`,
      ),
    ];
  }
  // A Service says it, also one with a mistake of its own.
  const told = ingress.some(({ origin }) => origin.ingress !== undefined);
  if (connectors || told || tunnelCluster(stack, name) !== undefined) return [];
  const clusters = clusterNames(stack);
  return [
    clusters.length === 0
      ? error(
          ["tunnels", name, "connectors"],
          "missing: there is no Kubernetes cluster whose pods could hold the tunnel open; state connectors with its hosts",
        )
      : error(
          ["tunnels", name, "cluster"],
          `missing: nothing says which of the clusters ${clusters.join(", ")} has the pods that hold the tunnel open; name it, or state connectors with its hosts`,
        ),
  ];
}

/** Hosts that hold a tunnel open: two or more that do not die together. */
function connectorProblems(stack: StackConfig, name: string, { connectors }: Tunnel): Problem[] {
  if (!connectors) return [];
  const path = ["tunnels", name, "connectors"];
  const hosts = connectors.hosts.map((ref) => hostFacts(stack, ref));
  const fields = connectors.hosts.flatMap((ref, index) =>
    hostProblems(stack, [...path, "hosts", index], ref, true),
  );
  const together = judgeConnectors(hosts).map((finding) => fromFinding(path, finding));
  const clashes = Object.entries(stack.tunnels).flatMap(([other, { connectors: theirs }]) => {
    if (other >= name || theirs?.metricsPort !== connectors.metricsPort) return [];
    const both = theirs.hosts
      .map((ref) => hostFacts(stack, ref)?.name)
      .find((one) => hosts.some((host) => host !== undefined && host.name === one));
    return both === undefined
      ? []
      : [
          error(
            [...path, "metricsPort"],
            `found ${connectors.metricsPort}, which tunnels.${other} uses on "${both}" as well; choose another one`,
          ),
        ];
  });
  return [...fields, ...together, ...clashes];
}
