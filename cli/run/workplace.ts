import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { projectRoot } from "../../clients/pulumi/project";
import { makeWritableFolder } from "../lib/files";
import { lockWorkplace } from "./workplace-lock";

/** Folder for the state of the simulated platforms and of the engine. */
export interface Workplace {
  dir: string;
  /** What a plan is compared with, in words. */
  against: string;
  /** Removes a throw-away folder; keeps any other, and lets others work there. */
  leave(): void;
  /** Removes the stack's own rehearsal, of which nothing is left; keeps a folder that was named. */
  forget(): void;
}

/** Where `homelab up --simulated` keeps a rehearsal. */
export function rehearsalDir(stack: string): string {
  return join(projectRoot, ".cache", "rehearsal", stack);
}

/** File of the simulated platforms in such a folder. */
export function worldFile(dir: string): string {
  return join(dir, "world.json");
}

/**
 * A folder that is kept: the named one, or the stack's own rehearsal. Nobody else may work there
 * until it is left.
 *
 * @throws Failure while another process works there
 */
export function keptWorkplace(stack: string, stateDir?: string): Workplace {
  const dir = stateDir === undefined ? rehearsalDir(stack) : resolve(stateDir);
  const name = stateDir ?? `.cache/rehearsal/${stack}`;
  makeWritableFolder(dir, (code) => `${name} is not a writable folder (${code}); name another one`);
  return {
    dir,
    against: `the simulated platforms kept in ${name}`,
    leave: lockWorkplace(dir, name),
    forget: () => {
      if (stateDir === undefined) rmSync(dir, { recursive: true, force: true });
    },
  };
}

/**
 * Where a preview works: the named folder, else the rehearsal if one is kept, else a new one that
 * is gone afterwards.
 */
export function previewWorkplace(stack: string, stateDir?: string): Workplace {
  if (stateDir !== undefined || existsSync(rehearsalDir(stack)))
    return keptWorkplace(stack, stateDir);
  const dir = mkdtempSync(join(tmpdir(), "homelab-"));
  // Says whose it is: what a killed run leaves is removed by the next.
  lockWorkplace(dir, dir);
  const remove = () => rmSync(dir, { recursive: true, force: true, maxRetries: 3 });
  process.once("exit", remove);
  return {
    dir,
    against: "simulated platforms with the existing guests only",
    leave() {
      process.removeListener("exit", remove);
      remove();
    },
    forget: remove,
  };
}
