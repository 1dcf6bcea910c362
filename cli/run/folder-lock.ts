import { mkdirSync } from "node:fs";
import { lockWorkplace } from "./workplace-lock";

/** Runs something while nobody else works in a folder, which is made if need be. */
export async function withFolderLocked<T>(
  dir: string,
  name: string,
  run: () => Promise<T>,
): Promise<T> {
  mkdirSync(dir, { recursive: true });
  const unlock = lockWorkplace(dir, name);
  try {
    return await run();
  } finally {
    unlock();
  }
}
