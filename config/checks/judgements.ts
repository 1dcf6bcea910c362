import { judgeHome, judgePlacement } from "../../model/placement/placement";
import { judgeQuorum } from "../../model/placement/quorum";
import { judgeHaGuest } from "../../model/storage/storage";
import type { Problem } from "../file/problem";
import { fromFinding } from "../file/problem";
import type { Path } from "../file/raw";
import { haId, replicaNodesOf } from "../guest-facts";
import { controlHost } from "../hosts";
import { createProblems } from "../sections/created-guests";
import { dnsTargetSchema } from "../sections/dns";
import { allHostProblems } from "../sections/host-fields";
import type { StackConfig } from "../stack";
import { apiLoadBalancerProblems } from "./api-judgements";
import { clusterProblems } from "./cluster-judgements";
import { composedNameProblems } from "./composed-names";
import { contextProblems } from "./context-judgements";
import { cutoverProblems } from "./cutover-facts";
import { backupProblems, needsProblems, standbyProblems } from "./dependence-judgements";
import { failureProblems } from "./failure-judgements";
import { familyProblems, guestNetworkProblems } from "./family-judgements";
import { ingressProblems } from "./ingress-judgements";
import { minimumProblems } from "./minimum-resilience";
import { tunnelProblems } from "./tunnel-judgements";
import { vrrpProblems } from "./vrrp-judgements";

const error = (path: Path, message: string): Problem => ({ path, message, severity: "error" });

/** Votes that too few can outlive, and a voter that dies with what it votes for. */
function quorumProblems({ cluster, guests }: StackConfig): Problem[] {
  const { nodes, quorumDevice } = cluster;
  const host = quorumDevice?.host;
  const inside =
    host === undefined ? undefined : nodes[host] ? "a node" : guests[host] && "a guest";
  if (host !== undefined && inside) {
    return [
      error(
        ["cluster", "quorumDevice", "host"],
        `"${host}" is ${inside} of the cluster, so its vote is lost together with ${inside === "a node" ? "the node" : "its node"}'s own; name a host outside the cluster`,
      ),
    ];
  }
  return judgeQuorum(Object.keys(nodes).sort(), host !== undefined).map((finding) =>
    fromFinding(["cluster"], finding),
  );
}

/** HA groups: feasible rules, known home nodes, disks that another node has too. */
function haProblems(stack: StackConfig): Problem[] {
  const { pveVersion, nodes, storages } = stack.cluster;
  const clusterNodes = Object.keys(nodes).sort();
  const sid = (guest: string) => {
    const facts = stack.guests[guest];
    return facts ? haId(facts) : guest;
  };
  const groups = Object.entries(stack.haGroups).map(([name, group]) => ({
    name,
    ...(group.groupId !== undefined && { groupId: group.groupId }),
    resources: group.guests.map(sid),
    nodes: group.nodes,
    strict: group.strict,
    failback: group.failback,
    keepApart: group.keepApart.map((set) => set.map(sid)),
    keepTogether: group.keepTogether.map((set) => set.map(sid)),
  }));
  const placement = judgePlacement(pveVersion, clusterNodes, groups).map((finding) =>
    fromFinding(["haGroups"], finding),
  );
  const disks = Object.entries(stack.haGroups).flatMap(([name, group]) =>
    group.guests.flatMap((guestName, index) => {
      const guest = stack.guests[guestName];
      const storage = guest && storages[guest.storage];
      if (!storage) return [];
      const path = ["haGroups", name, "guests", index];
      const listed = Object.keys(group.nodes);
      const allowedNodes = group.strict ? listed : clusterNodes;
      const home = judgeHome({ name: guestName, node: guest.node }, group);
      const replicaNodes = replicaNodesOf(group, guestName, {
        kind: storage.kind,
        storageNodes: storage.nodes,
        allowedNodes,
        homeNode: guest.node,
      });
      const findings = judgeHaGuest({
        guest: guestName,
        sid: haId(guest),
        storage: guest.storage,
        kind: storage.kind,
        storageNodes: storage.nodes,
        allowedNodes,
        homeNode: guest.node,
        replicaNodes,
        passthrough: guest.passthrough.map((device) => `${device.kind} ${device.device}`),
        pinned: guest.pinned,
      });
      return [...home, ...findings].map((finding) => fromFinding(path, { ...finding, path: [] }));
    }),
  );
  return [...placement, ...disks];
}

function guestProblems(stack: StackConfig): Problem[] {
  const { storages } = stack.cluster;
  const homeless = Object.entries(stack.guests).flatMap(([name, guest]) => {
    const storage = storages[guest.storage];
    const found: Problem[] = [];
    if (storage && !storage.nodes.includes(guest.node)) {
      found.push(
        error(
          ["guests", name, "storage"],
          `storage "${guest.storage}" exists on ${storage.nodes.join(", ")}, not on ${guest.node}, where "${name}" lives; choose a storage of that node or list the node in homelab:cluster.storages.${guest.storage}.nodes`,
        ),
      );
    }
    found.push(...createProblems(name, guest));
    if (guest.create && !guest.address) {
      found.push(
        error(
          ["guests", name, "address"],
          "missing, but this stack creates the guest; state its address",
        ),
      );
    }
    return [...found, ...guestNetworkProblems(stack, name, guest)];
  });
  const ordered = Object.values(stack.guests).some((guest) => guest.startup && !guest.create);
  const named = stack.cluster.controlNode;
  const unknown = named !== undefined && !stack.cluster.nodes[named];
  if (ordered && !unknown && !controlHost(stack)) {
    homeless.push(
      error(
        ["cluster", "nodes"],
        "start-up orders are set over SSH, but no node has a host key; add hostKey to the node named by cluster.controlNode",
      ),
    );
  }
  return homeless;
}

/** Two routers with one rule: only one of the back ends would ever answer. */
function routeProblems(stack: StackConfig): Problem[] {
  return Object.entries(stack.traefikPairs).flatMap(([name, pair]) => {
    const owners = new Map<string, string>();
    return Object.entries(pair.routes).flatMap(([route, { host, entryPoint }]) => {
      const key = `${entryPoint} ${host}`;
      const owner = owners.get(key);
      owners.set(key, owner ?? route);
      return owner === undefined
        ? []
        : [
            error(
              ["traefikPairs", name, "routes", route, "host"],
              `"${host}" is the host of route "${owner}" already; put both back ends into one route, or correct the host`,
            ),
          ];
    });
  });
}

function dnsProblems(stack: StackConfig): Problem[] {
  return Object.entries(stack.dns).flatMap(([record, { to }]) => {
    const given = Object.entries(to).filter(([, value]) => value !== undefined);
    return given.length === 1
      ? []
      : [
          error(
            ["dns", record, "to"],
            `found ${given.length} targets, expected one of ${Object.keys(dnsTargetSchema.shape).join(", ")}; keep one`,
          ),
        ];
  });
}

/**
 * Everything that takes judgement rather than a look at one value; `stack` passed the schema.
 *
 * @param context kubeconfig context of the stack's, or the site's, Kubernetes provider. @default kubectl's current one
 */
export function judgementProblems(stack: StackConfig, context?: string): Problem[] {
  return [
    ...quorumProblems(stack),
    ...allHostProblems(stack),
    ...familyProblems(stack),
    ...vrrpProblems(stack),
    ...composedNameProblems(stack),
    ...apiLoadBalancerProblems(stack),
    ...clusterProblems(stack),
    ...haProblems(stack),
    ...guestProblems(stack),
    ...ingressProblems(stack),
    ...contextProblems(stack, context),
    ...tunnelProblems(stack),
    ...routeProblems(stack),
    ...dnsProblems(stack),
    ...failureProblems(stack),
    ...needsProblems(stack),
    ...standbyProblems(stack),
    ...backupProblems(stack),
    ...cutoverProblems(stack),
    ...minimumProblems(stack),
  ];
}
