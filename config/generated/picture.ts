import type { ClusterModel, GuestModel, ServiceModel } from "../../model/resilience/types";
import { addressOf } from "../../model/text";
import { clusterModel } from "../cluster-model";
import type { StackConfig } from "../stack";
import { vrrpAddresses } from "../virtual-addresses";

/** Something that runs on a node. */
interface Host {
  id: string;
  name: string;
  node: string;
  guest?: GuestModel;
}

/** A text in quotes; Mermaid has entities for the characters that would end it. */
const label = (...lines: string[]) =>
  `"${lines.map((line) => line.replace(/["<>#;&]/g, (one) => `#${one.charCodeAt(0)};`)).join("<br>")}"`;

/**
 * The cluster as a Mermaid flowchart: what is on each node, and the addresses and services that lead
 * to it. A thick line is the way while all is well; a dotted one is the way after a failure.
 */
export function clusterPicture(stack: StackConfig): string {
  const model = clusterModel(stack);
  const hosts = hostsOf(model);
  const nodeIds = new Map(model.nodes.map((node, index) => [node, `n${index + 1}`]));
  const addresses = new Map(
    vrrpAddresses<{ vip: string }>(stack).map(({ place, settings }) => [
      place,
      addressOf(settings.vip),
    ]),
  );
  const shared = model.services.filter((service) => membersOf(service).length > 1);
  return [
    "flowchart LR",
    ...shared.flatMap((service, index) => {
      const address = addresses.get(service.name);
      const text = label(service.name, ...(address === undefined ? [] : [address]));
      return [`  s${index + 1}([${text}])`, ...waysOf(service, `s${index + 1}`, hosts)];
    }),
    ...model.nodes.flatMap((node) => [
      `  subgraph ${nodeIds.get(node)}[${label(node)}]`,
      ...hosts
        .filter((host) => host.node === node)
        .map(({ id, name }) => `    ${id}[${label(name)}]`),
      "  end",
    ]),
    ...hosts.flatMap(({ id, guest }) => {
      const target = guest && nodeIds.get(refugeOf(guest) ?? "");
      return target === undefined ? [] : [`  ${id} -.->|HA| ${target}`];
    }),
  ]
    .map((line) => `${line}\n`)
    .join("");
}

function hostsOf({ guests, services }: ClusterModel): Host[] {
  const found = new Map<string, Omit<Host, "id">>();
  for (const guest of guests) found.set(guest.name, { name: guest.name, node: guest.node, guest });
  for (const { name, node } of services.flatMap(membersOf)) {
    if (!found.has(name)) found.set(name, { name, node });
  }
  return [...found.values()].map((host, index) => ({ id: `h${index + 1}`, ...host }));
}

/** Each host behind a service once. */
function membersOf({ layers }: ServiceModel) {
  const all = layers.flatMap(({ members }) => members);
  return all.filter(({ name }, index) => all.findIndex((one) => one.name === name) === index);
}

/** Of an address, one member has it and the others may take it; all others share the work. */
function waysOf({ layers }: ServiceModel, id: string, hosts: readonly Host[]): string[] {
  return layers.flatMap(({ kind, members }) =>
    members.flatMap(({ name }, index) => {
      const host = hosts.find((one) => one.name === name);
      const way = kind === "address" && index > 0 ? "-.->" : "==>";
      return host ? [`  ${id} ${way} ${host.id}`] : [];
    }),
  );
}

/** The node that HA prefers when the guest's own dies; undefined where its group names no other. */
function refugeOf({ node, ha }: GuestModel): string | undefined {
  const others = Object.entries(ha?.nodes ?? {}).filter(([name]) => name !== node);
  return others.sort(([, a], [, b]) => b - a)[0]?.[0];
}

/**
 * The README with its picture of a cluster drawn anew; everything else in it is written by hand.
 *
 * @param readme text of README.md
 * @param picture Mermaid, as `clusterPicture` draws it
 */
export function withPicture(readme: string, picture: string): string {
  const block = /(^<!-- Drawn by `make schema`[^\n]*-->\n+```mermaid\n)[\s\S]*?(^```$)/m;
  if (!block.test(readme)) throw new Error("found no place for the picture in README.md");
  return readme.replace(block, (_, head: string, tail: string) => `${head}${picture}${tail}`);
}
