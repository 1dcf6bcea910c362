import { clusterModel } from "../../../config/cluster-model";
import { resolveStack } from "../../../config/resolve";
import { EXTERNAL } from "../../../config/sections/certificates";
import type { StackConfig } from "../../../config/stack";
import { vrrpAddresses } from "../../../config/virtual-addresses";
import { foreign, withoutReferences } from "../../../model/foreign-text";
import { coldStart } from "../../../model/planned/cold-start";
import { planner } from "../../../model/planned/planned";
import { eachFailure, type FailureReport } from "../../../model/resilience/resilience";
import { isDown } from "../../../model/resilience/severity";
import type { House, HousePair, NodeLoss } from "../../../model/runbook/types";
import { connectorPaths } from "../../../templates/cloudflared/connector";
import { mainUnit } from "../../../templates/host/member-health";
import { pairOf, type Resolved, treesOf } from "../../lib/vrrp-pair";

/** Names and addresses of a stack, for its runbook. */
export function houseOf(stack: string, config: StackConfig): House {
  const resolved = resolveStack(config);
  const cluster = clusterModel(config);
  const nodes = Object.entries(config.cluster.nodes);
  const names = nodes.map(([name]) => name);
  const plan = planner(cluster);
  const storagesOf = (kind: string) =>
    Object.entries(config.cluster.storages).flatMap(([name, storage]) =>
      storage.kind === kind ? [name] : [],
    );
  return {
    stack,
    controlNode: config.cluster.controlNode ?? names[0] ?? "",
    user: config.cluster.ssh.user,
    nodes: nodes.map(([name, node]) => ({
      name,
      address: node.address ?? name,
      stuck: plan({ kind: "maintenance", node: name }).stuck,
    })),
    ...(config.cluster.quorumDevice && { quorumDevice: config.cluster.quorumDevice.host }),
    pairs: vrrpAddresses<Resolved[keyof Resolved]>(resolved).map((placed) => {
      const { place, vip, service, settings } = pairOf(placed);
      const traefik =
        placed.section === "traefikPairs"
          ? (placed.settings as Resolved["traefikPairs"])
          : undefined;
      const certificates = traefik?.certificates;
      const daemon = mainUnit(service);
      const pair: HousePair = {
        place,
        vip,
        ...(daemon !== undefined && { daemon }),
        members: [...settings.members]
          .sort((a, b) => b.priority - a.priority)
          .map(({ name, address, node, priority }) => ({ name, address, node, priority })),
        ...(treesOf(placed).length > 0 &&
          settings.members[0] && { source: settings.members[0].address }),
      };
      if (certificates) {
        const { directory, owner } = certificates;
        pair.certificates = {
          directory,
          owner: owner === EXTERNAL ? "something outside this stack" : owner,
        };
      }
      return pair;
    }),
    guests: cluster.guests.map(({ name, node, ha, replica }) => ({
      name,
      node,
      ha: ha !== undefined,
      replicas: replica?.nodes ?? [],
    })),
    tunnels: Object.keys(config.tunnels),
    connectors: Object.entries(resolved.tunnels).flatMap(([tunnel, { connectors }]) =>
      connectors
        ? [
            {
              tunnel,
              unit: connectorPaths(tunnel).unit,
              metricsPort: connectors.metricsPort,
              hosts: connectors.hosts.map(({ address }) => address),
            },
          ]
        : [],
    ),
    startOrder: coldStart(cluster).levels,
    losses: eachFailure(cluster, names).map(lossIn),
    zfs: storagesOf("zfs"),
  };
}

/** Texts of people in a reason (`pinned`, `needs`) are no markup of the runbook, and lead nowhere. */
const plain = (reason: string) => withoutReferences(foreign(reason).replace(/[`<>[\]|*~\\$]/g, ""));

function lossIn({ failed, corosyncQuorum, guests, services }: FailureReport): NodeLoss {
  return {
    node: failed[0] ?? "",
    quorum: corosyncQuorum,
    moves: Object.entries(guests).flatMap(([name, { status, toNode }]) =>
      status === "restarts" && toNode !== undefined ? [{ name, to: toNode }] : [],
    ),
    down: Object.entries({ ...guests, ...services }).flatMap(([name, outcome]) =>
      isDown(outcome) ? [{ name, reason: plain(outcome.reason) }] : [],
    ),
  };
}
