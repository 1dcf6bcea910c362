import type { Command } from "commander";
import { rehearsalCommand } from "../../lib/rehearsal";

/** Adds `homelab destroy`. */
export function destroyCommand(homelab: Command): void {
  rehearsalCommand(
    homelab,
    "destroy",
    "rehearse the destruction of everything, and delete the kept platforms",
  );
}
