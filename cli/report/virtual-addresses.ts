import { columns } from "./columns";
import { durationText } from "./duration";
import type { VirtualAddress } from "./types";

/** Headings of the table below, and of the same table in Markdown. */
export const budgetHeadings = [
  "address",
  "members by priority",
  "service dies (detection + takeover)",
  "node dies",
  "back again",
];

/** The cells of one virtual address; "service dies" is detection and takeover, added up. */
export function budgetCells({ section, name, vip, members, budget }: VirtualAddress): string[] {
  const { detectionSec, takeoverSec, totalSec, crashSec, recoverySec } = budget;
  return [
    `${section}.${name} ${vip}`,
    members.map((member) => `${member.name} ${member.priority} on ${member.node}`).join(", "),
    Number.isFinite(totalSec)
      ? `${durationText(totalSec)} (${durationText(detectionSec)} + ${durationText(takeoverSec)})`
      : "never moves",
    durationText(crashSec),
    durationText(recoverySec),
  ];
}

/** Worst-case outage of each virtual address, by cause. */
export function virtualAddressLines(addresses: readonly VirtualAddress[]): string[] {
  return columns([budgetHeadings, ...addresses.map(budgetCells)]).map((line) => `  ${line}`);
}
