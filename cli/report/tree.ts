import { addTo } from "../../model/maps";
import { counted } from "../../model/text";
import { wrapped } from "./columns";
import type { Paint } from "./paint";
import type { Operation, PlannedResource } from "./types";

const symbols: Record<Operation, string> = {
  same: " ",
  create: "+",
  update: "~",
  replace: "±",
  delete: "-",
  read: ">",
  import: "=",
  refresh: "~",
};

const verbs: Record<Operation, string> = {
  same: "unchanged",
  create: "to create",
  update: "to update",
  replace: "to replace",
  delete: "to delete",
  read: "to read",
  import: "to import",
  refresh: "to refresh",
};

/** How many resources the plan has for each operation that occurs. */
export function operationCounts(
  resources: readonly PlannedResource[],
): Partial<Record<Operation, number>> {
  const counts: Partial<Record<Operation, number>> = {};
  for (const { operation } of resources) counts[operation] = (counts[operation] ?? 0) + 1;
  return counts;
}

/** `128 to create, 2 to update`. */
export function countsText(resources: readonly PlannedResource[]): string {
  const counts = operationCounts(resources);
  const parts = (Object.keys(verbs) as Operation[])
    .filter((operation) => counts[operation])
    .map((operation) => `${counts[operation]} ${verbs[operation]}`);
  return parts.join(", ") || "none";
}

/** What the reader of a token needs of it: `Command` of `command:remote:Command`. */
export function shortType(type: string): string {
  return type.slice(type.lastIndexOf(":") + 1);
}

/** Name without the one of its parent, which the line above already says. */
function ownName(resource: PlannedResource, parent: PlannedResource | undefined): string {
  const prefix = `${parent?.name}-`;
  return resource.name.startsWith(prefix) ? resource.name.slice(prefix.length) : resource.name;
}

/**
 * The resources as lines: a component with its children beneath, those of one type and operation
 * together, so that a hundred of them fit on a screen. `all` gives each its own line.
 */
export function resourceTree(
  resources: readonly PlannedResource[],
  options: { paint: Paint; width: number; all: boolean },
): string[] {
  const children = new Map<string | undefined, PlannedResource[]>();
  const known = new Set(resources.map((resource) => resource.urn));
  // The engine registers in no fixed order; sorted, two previews of one stack look the same.
  for (const resource of [...resources].sort(byTypeAndName)) {
    // A parent that is not part of the plan is the stack.
    const parent = resource.parent && known.has(resource.parent) ? resource.parent : undefined;
    addTo(children, parent, resource);
  }
  return branch(undefined, 2, children, options);
}

/** Most changes of what exists that are named without being asked for. */
const mostNamed = 20;

/**
 * The resources as counts, a line for each component. What would be changed, replaced or deleted is
 * named all the same: that is what a person has to look at.
 */
export function resourceCounts(
  resources: readonly PlannedResource[],
  { paint, width }: { paint: Paint; width: number },
): string[] {
  const byUrn = new Map(resources.map((resource) => [resource.urn, resource]));
  const children = new Set(resources.map(({ parent }) => parent));
  const rootOf = (resource: PlannedResource): PlannedResource => {
    const parent = resource.parent === undefined ? undefined : byUrn.get(resource.parent);
    return parent ? rootOf(parent) : resource;
  };
  const groups = new Map<string, PlannedResource[]>();
  for (const resource of [...resources].sort(byTypeAndName)) {
    const root = rootOf(resource);
    const alone = !children.has(root.urn);
    addTo(groups, alone ? shortType(root.type) : `${shortType(root.type)} ${root.name}`, resource);
  }
  const changing = resources.filter(({ operation }) => !quiet.includes(operation));
  const named = new Set(changing.slice(0, mostNamed));
  return [...groups]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([title, members]) => {
      if (members.every(({ operation }) => operation === "same")) return [];
      const lines = members
        .filter((member) => named.has(member))
        .map(({ operation, type, name, changedInputs: inputs }) => {
          const what = `${symbols[operation]} ${shortType(type)} ${name}`;
          const changes = inputs.length > 0 ? ` (${inputs.join(", ")})` : "";
          return `    ${painted(paint, operation, what)}${changes}`;
        });
      return [...wrapped(`${title}: ${countsText(members)}`.split(" "), 2, width), ...lines];
    });
}

/** Operations that leave alone what exists. */
const quiet: readonly Operation[] = ["same", "create", "read"];

function byTypeAndName(a: PlannedResource, b: PlannedResource): number {
  const [one, other] = [`${a.type} ${a.name}`, `${b.type} ${b.name}`];
  return one < other ? -1 : Number(one > other);
}

function branch(
  parent: PlannedResource | undefined,
  indent: number,
  children: ReadonlyMap<string | undefined, PlannedResource[]>,
  options: { paint: Paint; width: number; all: boolean },
): string[] {
  const { paint, width, all } = options;
  const below = children.get(parent?.urn) ?? [];
  const parents = below.filter((resource) => children.has(resource.urn));
  const leaves = below.filter((resource) => !children.has(resource.urn));
  const shown = all ? leaves : leaves.filter(({ operation }) => operation !== "same");
  const margin = " ".repeat(indent);
  const lines = groups(shown, parent, all).flatMap(({ operation, type, names }) => {
    const head = `${symbols[operation]} ${names.length > 1 ? `${names.length} ` : ""}${type}`;
    const [first = "", ...rest] = wrapped(
      names.map((name, index) => (index < names.length - 1 ? `${name},` : name)),
      indent + head.length + 2,
      width,
    );
    return [`${margin}${painted(paint, operation, head)}  ${first.trimStart()}`, ...rest];
  });
  if (shown.length < leaves.length) {
    lines.push(paint.dim(`${margin}  ${leaves.length - shown.length} unchanged`));
  }
  for (const component of parents) {
    const inner = descendants(component, children);
    const quiet = !all && [component, ...inner].every(({ operation }) => operation === "same");
    const count = counted(inner.length, "resource");
    const line = `${symbols[component.operation]} ${shortType(component.type)} ${ownName(component, parent)}`;
    lines.push(
      `${margin}${painted(paint, component.operation, line)}  ${paint.dim(quiet ? `(${count}, unchanged)` : `(${count})`)}`,
      ...(quiet ? [] : branch(component, indent + 4, children, options)),
    );
  }
  return lines;
}

/** Leaves of one operation and type together; those that change stand alone with what changes. */
function groups(
  leaves: readonly PlannedResource[],
  parent: PlannedResource | undefined,
  all: boolean,
) {
  const found = new Map<string, { operation: Operation; type: string; names: string[] }>();
  for (const leaf of leaves) {
    const type = shortType(leaf.type);
    const changes = leaf.changedInputs.length > 0 ? ` (${leaf.changedInputs.join(", ")})` : "";
    const alone = all || changes !== "";
    const key = alone ? leaf.urn : `${leaf.operation} ${leaf.type}`;
    const group = found.get(key) ?? { operation: leaf.operation, type, names: [] };
    group.names.push(`${ownName(leaf, parent)}${changes}`);
    found.set(key, group);
  }
  return [...found.values()];
}

function descendants(
  resource: PlannedResource,
  children: ReadonlyMap<string | undefined, PlannedResource[]>,
): PlannedResource[] {
  const below = children.get(resource.urn) ?? [];
  return below.flatMap((child) => [child, ...descendants(child, children)]);
}

function painted(paint: Paint, operation: Operation, text: string): string {
  if (operation === "create" || operation === "import") return paint.green(text);
  if (operation === "delete") return paint.red(text);
  if (operation === "replace") return paint.magenta(text);
  return operation === "update" || operation === "refresh" ? paint.yellow(text) : text;
}
