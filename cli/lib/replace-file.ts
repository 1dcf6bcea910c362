import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

/**
 * Replaces a file whole, on the disk and not only in its cache: a kill or a power cut leaves the
 * old content or the new one.
 *
 * @param mode of the new file, before the umask. @default its owner alone
 */
export function replaceFile(file: string, content: string | Uint8Array, mode = 0o600): void {
  const partial = `${file}.${process.pid}.partial`;
  // What lies there is litter of a dead process, or a link that somebody put there to be written through.
  rmSync(partial, { force: true });
  const descriptor = openSync(partial, "wx", mode);
  try {
    try {
      writeFileSync(descriptor, content);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(partial, file);
  } catch (error) {
    // On a full disk half of a file would keep everything else from being written.
    rmSync(partial, { force: true });
    throw error;
  }
  // The new name itself lies in the folder.
  const folder = openSync(dirname(file), "r");
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
