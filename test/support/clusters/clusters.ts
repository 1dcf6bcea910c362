import {
  type ClusterModel,
  type GuestModel,
  type Outcome,
  type ServiceLayer,
  type ServiceModel,
  simulate,
} from "../../../model/resilience/resilience";

/** Nodes of the small cluster that most tests use. */
export const nodes = ["n1", "n2", "n3", "n4", "n5"];

/** Five nodes with one storage of each simple kind, and what the test gives. */
export const cluster = (fields: Partial<ClusterModel> = {}): ClusterModel => ({
  nodes,
  storages: {
    shared: { kind: "shared", nodes },
    zfs: { kind: "zfs", nodes },
    local: { kind: "local", nodes },
  },
  guests: [],
  keepApart: [],
  keepTogether: [],
  backup: { everySec: 86_400, nodes: [] },
  services: [],
  ...fields,
});

/** A guest under HA without preference, on shared storage. */
export const guest = (
  name: string,
  node: string,
  fields: Partial<GuestModel> = {},
): GuestModel => ({
  name,
  node,
  storage: "shared",
  ha: { nodes: {}, strict: false },
  backup: true,
  ...fields,
});

/** Status and new node of every guest after a loss. */
export const places = (model: ClusterModel, ...failed: string[]) =>
  Object.fromEntries(
    Object.entries(simulate(model, failed).guests).map(([name, { status, toNode }]) => [
      name,
      toNode ? `${status} ${toNode}` : status,
    ]),
  );

/** Hosts outside the guests, one on each of these nodes. */
export const layer = (
  kind: ServiceLayer["kind"],
  places: string[],
  more: Partial<ServiceLayer> = {},
) => ({
  what: kind === "pods" ? "worker" : "host",
  kind,
  members: places.map((node, index) => ({ name: `h${index + 1}`, node })),
  failoverSec: [2, 4] as [number, number],
  ...more,
});

/** A service on such layers. */
export const service = (name: string, ...layers: ServiceLayer[]): ServiceModel => ({
  name,
  layers,
  needs: [],
});

/** What becomes of one service. */
export const outcomeOf = (
  services: ServiceModel[],
  name: string,
  failed: string[],
  more: Partial<ClusterModel> = {},
): Outcome => {
  const found = simulate(cluster({ services, ...more }), failed).services[name];
  if (!found) throw new Error(`no outcome of ${name}`);
  return found;
};
