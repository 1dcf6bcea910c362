import { hint } from "./nearest";
import type { Problem } from "./problem";
import type { Located, Path } from "./raw";
import { at, elements, entries, isObject } from "./raw";

/** Where names of one kind are declared, and what to call one. */
interface Target {
  path: Path;
  what: string;
}

const NODES: Target = { path: ["cluster", "nodes"], what: "node" };
const STORAGES: Target = { path: ["cluster", "storages"], what: "storage" };
const GUESTS: Target = { path: ["guests"], what: "guest" };
const PAIRS: Target = { path: ["traefikPairs"], what: "Traefik pair" };
const LOAD_BALANCERS: Target = { path: ["apiLoadBalancers"], what: "API load balancer" };
const INGRESS: Target = { path: ["kubernetesIngress"], what: "Kubernetes ingress" };

/** A reference that does not lead anywhere, or nothing. */
function dangling(root: unknown, target: Target, reference: Located): Problem[] {
  const { value, path } = reference;
  const declared = at(root, target.path);
  // A wrong type, and a section that is missing or broken, are the schema's to report.
  if (typeof value !== "string" || (declared !== undefined && !isObject(declared))) return [];
  if (declared === undefined && target.path[0] === "cluster") return [];
  const known = Object.keys(declared ?? {});
  if (known.includes(value)) return [];
  return [
    {
      path,
      message: `there is no ${target.what} "${value}" in homelab:${target.path.join(".")}; ${hint(value, known)}`,
      severity: "error",
    },
  ];
}

const field = (root: unknown, path: Path): Located => ({ value: at(root, path), path });

function hostReferences(root: unknown, path: Path): Problem[] {
  return elements(root, path).flatMap((host) => [
    ...dangling(root, GUESTS, field(root, [...host.path, "guest"])),
    ...dangling(root, NODES, field(root, [...host.path, "node"])),
  ]);
}

function haGroupReferences(root: unknown): Problem[] {
  return entries(root, ["haGroups"]).flatMap(({ path }) => {
    const members = elements(root, [...path, "guests"]).map((guest) => guest.value);
    const sets = ["keepApart", "keepTogether"].flatMap((key) =>
      elements(root, [...path, key]).flatMap((set) => elements(root, set.path)),
    );
    return [
      ...elements(root, [...path, "guests"]).flatMap((guest) => dangling(root, GUESTS, guest)),
      ...entries(root, [...path, "nodes"]).flatMap((node) =>
        dangling(root, NODES, { value: node.key, path: node.path }),
      ),
      ...sets.flatMap((guest): Problem[] =>
        typeof guest.value !== "string" || members.includes(guest.value)
          ? []
          : [
              {
                path: guest.path,
                message: `"${guest.value}" is not a guest of this group; ${hint(
                  guest.value,
                  members.filter((member) => typeof member === "string"),
                )}`,
                severity: "error",
              },
            ],
      ),
    ];
  });
}

/** Full names (`<segment>.<pool>`) of the declared MetalLB pools. */
export function metalLbPools(root: unknown): string[] {
  return entries(root, ["cluster", "segments"]).flatMap((segment) =>
    entries(root, [...segment.path, "pools"])
      .filter((pool) => at(pool.value, ["kind"]) === "metallb")
      .map((pool) => `${segment.key}.${pool.key}`),
  );
}

function poolReference(root: unknown, reference: Located): Problem[] {
  if (typeof reference.value !== "string" || !isObject(at(root, ["cluster", "segments"])))
    return [];
  const pools = metalLbPools(root);
  if (pools.includes(reference.value)) return [];
  return [
    {
      path: reference.path,
      message: `there is no MetalLB pool "${reference.value}" in homelab:cluster.segments; ${hint(reference.value, pools)}`,
      severity: "error",
    },
  ];
}

/** Every name in the file that refers to nothing. Works on files with other mistakes in them. */
export function referenceProblems(root: unknown): Problem[] {
  const nodeLists = entries(root, ["cluster", "storages"]).flatMap(({ path }) =>
    ["nodes", "monitors", "osdNodes", "pending"].flatMap((key) => elements(root, [...path, key])),
  );
  const domains = entries(root, ["cluster", "failureDomains"]);
  return [
    ...dangling(root, NODES, field(root, ["cluster", "controlNode"])),
    ...nodeLists.flatMap((node) => dangling(root, NODES, node)),
    ...domains.flatMap(({ path }) =>
      elements(root, [...path, "nodes"]).flatMap((node) => dangling(root, NODES, node)),
    ),
    ...entries(root, ["guests"]).flatMap(({ path }) => [
      ...dangling(root, NODES, field(root, [...path, "node"])),
      ...dangling(root, STORAGES, field(root, [...path, "storage"])),
    ]),
    ...entries(root, ["traefikPairs"]).flatMap(({ path }) =>
      hostReferences(root, [...path, "members"]),
    ),
    ...entries(root, ["apiLoadBalancers"]).flatMap(({ path }) =>
      ["members", "masters", "workers"].flatMap((key) => hostReferences(root, [...path, key])),
    ),
    ...haGroupReferences(root),
    ...entries(root, ["kubernetesIngress"]).flatMap(({ path }) => [
      ...dangling(root, LOAD_BALANCERS, field(root, [...path, "cluster"])),
      ...poolReference(root, field(root, [...path, "pool"])),
    ]),
    ...entries(root, ["tunnels"]).flatMap(({ path }) =>
      elements(root, [...path, "ingress"]).flatMap((rule) =>
        dangling(root, INGRESS, field(root, [...rule.path, "origin", "ingress"])),
      ),
    ),
    ...entries(root, ["dns"]).flatMap(({ path }) => [
      ...dangling(root, PAIRS, field(root, [...path, "to", "traefikPair"])),
      ...dangling(root, INGRESS, field(root, [...path, "to", "kubernetesIngress"])),
      ...dangling(root, LOAD_BALANCERS, field(root, [...path, "to", "apiLoadBalancer"])),
    ]),
  ];
}
