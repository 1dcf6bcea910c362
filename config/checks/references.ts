import { addTo } from "../../model/maps";
import { isAnnouncer, POOL_KINDS } from "../../model/network/pools";
import { hint, nearest } from "../file/nearest";
import type { Problem } from "../file/problem";
import type { Located, Path } from "../file/raw";
import { at, elements, entries, isObject } from "../file/raw";
import { sectionsOf } from "../virtual-addresses";

/** Where names of one kind are declared, and what to call one. */
interface Target {
  path: Path;
  what: string;
}

const error = (path: Path, message: string): Problem => ({ path, message, severity: "error" });

const NODES: Target = { path: ["cluster", "nodes"], what: "node" };
const STORAGES: Target = { path: ["cluster", "storages"], what: "storage" };
const GUESTS: Target = { path: ["guests"], what: "guest" };
const TUNNELS: Target = { path: ["tunnels"], what: "tunnel" };
const RECORDS: Target = { path: ["dns"], what: "DNS record" };

/** Sections with a virtual address, by the key under which others name their entries. */
const addressTargets = new Map<string, Target>();

/** The same object for the same key: places that name one kind of thing are found by it. */
function targetOf(reference: string): Target {
  const section = sectionsOf().find((one) => one.reference === reference);
  if (!section) throw new Error(`no section with a virtual address is named by ${reference}`);
  const target = addressTargets.get(reference) ?? { path: [section.name], what: section.what };
  addressTargets.set(reference, target);
  return target;
}

/** A place that names something declared elsewhere. */
interface Reference extends Located {
  target: Target;
}

const named = (target: Target, { value, path }: Located): Reference => ({ target, value, path });

const field = (root: unknown, target: Target, path: Path): Reference => ({
  target,
  value: at(root, path),
  path,
});

/** What a target of `dns` or `cutovers` names, of the sections with a virtual address. */
const targetReferences = (root: unknown, path: Path): Reference[] =>
  sectionsOf().map(({ reference }) => field(root, targetOf(reference), [...path, reference]));

/** A cluster by its name: behind a pair of this stack, or one that stands for itself. */
function clusterReference(root: unknown, path: Path): Reference {
  const named = at(root, path);
  const clusters = entries(root, ["kubernetes"]).map(({ key }) => key);
  const alone = entries(root, ["apiLoadBalancers"]).length === 0 && clusters.length > 0;
  const known = typeof named === "string" && clusters.includes(named);
  return field(root, targetOf(alone || known ? "kubernetes" : "apiLoadBalancer"), path);
}

/** What one rule of a tunnel leads to. */
const originReferences = (root: unknown, path: Path): Reference[] => [
  field(root, targetOf("kubernetesIngress"), [...path, "origin", "ingress"]),
  field(root, GUESTS, [...path, "origin", "guest"]),
  ...sectionsOf("vrrp").map(({ reference }) =>
    field(root, targetOf(reference), [...path, "origin", reference]),
  ),
];

function hostReferences(root: unknown, path: Path): Reference[] {
  return elements(root, path).flatMap((host) => [
    field(root, GUESTS, [...host.path, "guest"]),
    field(root, NODES, [...host.path, "node"]),
  ]);
}

const haGroupReferences = (root: unknown): Reference[] =>
  entries(root, ["haGroups"]).flatMap(({ path }) => [
    ...elements(root, [...path, "guests"]).map((guest) => named(GUESTS, guest)),
    ...elements(root, [...path, "unranked"]).map((node) => named(NODES, node)),
    ...entries(root, [...path, "replication", "jobs"]).flatMap((jobs) =>
      elements(root, jobs.path).map((job) => field(root, NODES, [...job.path, "target"])),
    ),
    ...entries(root, [...path, "nodes"]).map((node) => ({
      target: NODES,
      value: node.key,
      path: node.path,
    })),
  ]);

/** Guests that a group lists twice, and sets of guests that are not its own. */
function haGroupProblems(root: unknown): Problem[] {
  return entries(root, ["haGroups"]).flatMap(({ key, path }) => {
    const guests = elements(root, [...path, "guests"]);
    const members = guests.map((guest) => guest.value).filter((name) => typeof name === "string");
    const sets = ["keepApart", "keepTogether"].flatMap((set) => elements(root, [...path, set]));
    const exceptions = [
      [...path, "perGuest"],
      [...path, "replication", "jobs"],
    ]
      .flatMap((place) => entries(root, place))
      .map(({ key: value, path: place }) => ({ value, path: place }));
    const strangers = [...sets.flatMap((set) => elements(root, set.path)), ...exceptions].filter(
      ({ value }) => typeof value === "string" && !members.includes(value),
    );
    return [
      ...twice(guests, `group "${key}"`),
      ...sets.flatMap((set) => twice(elements(root, set.path), "this set")),
      ...strangers.map(({ value, path: place }) =>
        error(place, `"${value}" is not a guest of this group; ${hint(String(value), members)}`),
      ),
    ];
  });
}

function twice(list: readonly Located[], where: string): Problem[] {
  return list
    .filter(({ value }, index) => list.findIndex((other) => other.value === value) < index)
    .map(({ value, path }) => error(path, `"${value}" is listed twice in ${where}; remove one`));
}

/** Full names (`<segment>.<pool>`) of the declared pools for Services; one of a misspelt kind may be one. */
export function metalLbPools(root: unknown): string[] {
  return entries(root, ["cluster", "segments"]).flatMap((segment) =>
    entries(root, [...segment.path, "pools"])
      .filter((pool) => {
        const kind = at(pool.value, ["kind"]);
        return isAnnouncer(kind) || !POOL_KINDS.some((known) => known === kind);
      })
      .map((pool) => `${segment.key}.${pool.key}`),
  );
}

function poolReference(root: unknown, reference: Located): Problem[] {
  if (typeof reference.value !== "string" || !isObject(at(root, ["cluster", "segments"])))
    return [];
  const pools = metalLbPools(root);
  // The form of the name is the schema's business.
  if (pools.includes(reference.value) || !reference.value.includes(".")) return [];
  return [
    {
      path: reference.path,
      message: `there is no pool "${reference.value}" in homelab:cluster.segments; ${hint(reference.value, pools)}`,
      severity: "error",
    },
  ];
}

/** Every place of the file that names something. */
function allReferences(root: unknown): Reference[] {
  const nodeLists = [
    ...entries(root, ["cluster", "storages"]).flatMap(({ path }) =>
      ["nodes", "monitors", "osdNodes", "pending"].map((key) => [...path, key]),
    ),
    ...entries(root, ["cluster", "failureDomains"]).map(({ path }) => [...path, "nodes"]),
  ];
  return [
    field(root, NODES, ["cluster", "controlNode"]),
    ...nodeLists.flatMap((path) => elements(root, path).map((node) => named(NODES, node))),
    ...entries(root, ["guests"]).flatMap(({ path }) => [
      field(root, NODES, [...path, "node"]),
      field(root, STORAGES, [...path, "storage"]),
    ]),
    ...sectionsOf().flatMap(({ name, hosts }) =>
      entries(root, [name]).flatMap(({ path }) =>
        hosts.flatMap((key) => hostReferences(root, [...path, key])),
      ),
    ),
    ...haGroupReferences(root),
    ...entries(root, ["kubernetesIngress"]).map(({ path }) =>
      clusterReference(root, [...path, "cluster"]),
    ),
    ...entries(root, ["tunnels"]).flatMap(({ path }) => [
      clusterReference(root, [...path, "cluster"]),
      ...elements(root, [...path, "ingress"]).flatMap((rule) => originReferences(root, rule.path)),
      ...hostReferences(root, [...path, "connectors", "hosts"]),
    ]),
    ...entries(root, ["dns"]).flatMap(({ path }) => targetReferences(root, [...path, "to"])),
    ...entries(root, ["cutovers"]).flatMap(({ path }) => [
      ...targetReferences(root, [...path, "to"]),
      ...entries(root, [...path, "consumers"]).flatMap((consumer) => [
        field(root, TUNNELS, [...consumer.path, "tunnel"]),
        field(root, RECORDS, [...consumer.path, "record"]),
      ]),
    ]),
  ];
}

/** Names that are declared; undefined where that section is missing or broken, which the schema reports. */
function declaredNames(root: unknown, { path }: Target): string[] | undefined {
  const declared = at(root, path);
  if (isObject(declared)) return Object.keys(declared);
  return declared === undefined && path[0] !== "cluster" ? [] : undefined;
}

/**
 * One problem for each name that nothing declares, at the first place that has it. Where several
 * places agree on a name and only its declaration differs, the declaration is the mistake.
 */
function danglingProblems(
  root: unknown,
  all: readonly Reference[],
  references: readonly Reference[],
): Problem[] {
  const groups = new Map<string, Reference[]>();
  for (const reference of references) {
    addTo(groups, `${reference.target.what} ${reference.value}`, reference);
  }
  const namesOf = new Map<Target, { known: string[]; unused: string[] }>();
  for (const { target } of references) {
    if (namesOf.has(target)) continue;
    const known = declaredNames(root, target) ?? [];
    const used = new Set(all.filter((other) => other.target === target).map((one) => one.value));
    namesOf.set(target, { known, unused: known.filter((name) => !used.has(name)) });
  }
  return [...groups.values()].map(([first, ...more]): Problem => {
    const { target, value, path } = first as Reference;
    const { known = [], unused = [] } = namesOf.get(target) ?? {};
    const section = `homelab:${target.path.join(".")}`;
    const misspelt = more.length > 0 ? nearest(String(value), unused) : undefined;
    if (misspelt !== undefined) {
      return error(
        [...target.path, misspelt],
        `nothing names the ${target.what} "${misspelt}", but ${more.length + 1} places name a ${target.what} "${value}", which is not declared; rename one to the other`,
      );
    }
    const others = more.length > 0 ? ` (named in ${more.length + 1} places)` : "";
    return error(
      path,
      `there is no ${target.what} "${value}" in ${section}${others}; ${hint(String(value), known)}`,
    );
  });
}

/** What is wrong with the names in a file, and every place that takes part in it. */
export interface ReferenceProblems {
  problems: Problem[];
  /** Places that name nothing, also those that are not told one by one. */
  dangling: Path[];
}

/** Every name in the file that refers to nothing. Works on files with other mistakes in them. */
export function referenceProblems(root: unknown): ReferenceProblems {
  const all = allReferences(root);
  const declared = new Map<Target, Set<string> | undefined>();
  const dangling = all.filter(({ target, value }) => {
    if (!declared.has(target)) {
      const names = declaredNames(root, target);
      declared.set(target, names && new Set(names));
    }
    const known = declared.get(target);
    return typeof value === "string" && known !== undefined && !known.has(value);
  });
  return {
    problems: [
      ...danglingProblems(root, all, dangling),
      ...haGroupProblems(root),
      ...entries(root, ["kubernetesIngress"]).flatMap(({ path }) =>
        poolReference(root, { value: at(root, [...path, "pool"]), path: [...path, "pool"] }),
      ),
    ],
    dangling: dangling.map(({ path }) => path),
  };
}
