import { counted } from "../../model/text";
import { columns } from "./columns";
import type { DeclaredCutover } from "./types";

/** The declared cutovers, a line each, and how to see more. */
export function cutoverLines(cutovers: readonly DeclaredCutover[]): string[] {
  if (cutovers.length === 0) return [];
  const rows = cutovers.map(({ name, from, to, variant, consumers, phases }) => [
    `  ${name}`,
    `${from} to ${to}`,
    variant,
    counted(consumers, "consumer"),
    counted(phases.length, "phase"),
  ]);
  return [...columns(rows), "  phases, checks and ways back: homelab cutover plan --name NAME"];
}
