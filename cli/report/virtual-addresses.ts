import { counted } from "../../model/text";
import { table, wrapped } from "./columns";
import { durationText } from "./duration";
import type { DeclaredCutover, VirtualAddress } from "./types";

/** Headings of the table below, and of the same table in Markdown. */
export const budgetHeadings = [
  "address",
  "members by priority",
  "service dies (detection + takeover)",
  "node dies",
  "back again",
];

/** The cells of one virtual address; "service dies" is detection and takeover, added up. */
export function budgetCells({
  section,
  name,
  vip,
  vip6,
  members,
  budget,
}: VirtualAddress): string[] {
  const { detectionSec, takeoverSec, totalSec, crashSec, recoverySec } = budget;
  return [
    `${section}.${name} ${vip}${vip6 === undefined ? "" : ` ${vip6}`}`,
    members.map((member) => `${member.name} ${member.priority} on ${member.node}`).join(", "),
    Number.isFinite(totalSec)
      ? `${durationText(totalSec)} (${durationText(detectionSec)} + ${durationText(takeoverSec)})`
      : "never moves",
    durationText(crashSec),
    durationText(recoverySec),
  ];
}

/** Worst-case outage of each virtual address, by cause. */
export function virtualAddressLines(addresses: readonly VirtualAddress[], width: number): string[] {
  return table(addresses.map(budgetCells), { width, head: budgetHeadings });
}

/** The declared cutovers, a line each, and how to see more. */
export function cutoverLines(cutovers: readonly DeclaredCutover[], width: number): string[] {
  if (cutovers.length === 0) return [];
  const rows = cutovers.map(({ name, from, to, variant, consumers, phases }) => [
    name,
    `${from} to ${to}`,
    variant,
    counted(consumers, "consumer"),
    counted(phases.length, "phase"),
  ]);
  return [
    ...table(rows, { width }),
    ...wrapped(
      "phases, checks and ways back: homelab cutover plan --name NAME".split(" "),
      2,
      width,
    ),
  ];
}
