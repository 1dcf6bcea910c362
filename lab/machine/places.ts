import { createHash } from "node:crypto";
import { homedir } from "node:os";
import { join } from "node:path";

const cacheHome = () => process.env.XDG_CACHE_HOME || join(homedir(), ".cache");

/** Folder of everything that is built once: images and binaries. It can be deleted at any time. */
export function cacheFolder(): string {
  return join(cacheHome(), "homelab-ha", "lab");
}

/**
 * Folder of the one lab that may run: hosts, keys, state of the stack. Fixed, so that a run finds
 * what a crashed one left; below /run, because nothing of it outlives a reboot of the machine.
 */
export const RUN_FOLDER = "/run/homelab-lab";

/** Folder of plots and reports of this working copy; git ignores it. */
export function reportFolder(): string {
  return join(__dirname, "..", "..", ".cache", "lab");
}

/** Short name of a recipe: it changes when anything in the recipe does. */
export function recipeKey(recipe: unknown): string {
  return createHash("sha256").update(JSON.stringify(recipe)).digest("hex").slice(0, 12);
}
