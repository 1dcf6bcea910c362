import type { Command } from "commander";
import { rehearsalCommand } from "../../lib/rehearsal";

/** Adds `homelab up`. */
export function upCommand(homelab: Command): void {
  rehearsalCommand(
    homelab,
    "up",
    "rehearse the change on simulated platforms that are kept between runs",
  );
}
