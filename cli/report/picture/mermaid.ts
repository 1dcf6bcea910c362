import { mermaidText } from "../../../model/foreign-text";
import { counted } from "../../../model/text";
import type { Topology } from "./types";

/** More guests than this on a node are counted. */
const mostGuests = 12;

/** The topology as a block of Mermaid, which forges draw. Ids are numbers of ours, labels are theirs. */
export function mermaidLines({ nodes, addresses, backup }: Topology): string[] {
  const ids = new Map<string, string>();
  const boxes = nodes.flatMap(({ name, guests }, node) => [
    `  subgraph n${node}["${mermaidText(name)}"]`,
    ...guests.slice(0, mostGuests).map((guest, index) => {
      ids.set(`${name} ${guest.name}`, `g${node}_${index}`);
      const label = `${guest.vmid} ${guest.name}${guest.address ? ` ${guest.address}` : ""}`;
      return `    g${node}_${index}["${mermaidText(label)}"]`;
    }),
    ...(guests.length > mostGuests
      ? [`    g${node}_more["and ${guests.length - mostGuests} more"]`]
      : []),
    ...(guests.length === 0 ? [`    g${node}_none["no guest"]`] : []),
    "  end",
  ]);
  const shared = addresses.flatMap(({ name, vip, members }, index) => [
    `  a${index}(["${mermaidText(`${vip} ${name}`)}"])`,
    ...members.flatMap(({ name: member, node }, rank) => {
      const at = nodes.findIndex((one) => one.name === node);
      if (at < 0) return [];
      const target = ids.get(`${node} ${member}`) ?? `n${at}`;
      // The first is the master, as long as nothing fails.
      return [`  a${index} ${rank === 0 ? "==>" : "-.->"} ${target}`];
    }),
  ]);
  const copied = nodes.flatMap(({ guests }) => guests).filter((guest) => guest.backup).length;
  const store = backup
    ? [
        `  b[("${mermaidText(`backup ${backup.storage} on ${backup.on}, every ${backup.everyHours} h: ${counted(copied, "guest")}`)}")]`,
        ...nodes.flatMap(({ guests }, node) =>
          guests.some((guest) => guest.backup) ? [`  n${node} -.-> b`] : [],
        ),
      ]
    : [];
  return ["```mermaid", "flowchart TD", ...boxes, ...shared, ...store, "```"];
}
