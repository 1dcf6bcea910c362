import { fstatSync, writeFileSync } from "node:fs";

/**
 * Writes to standard output.
 *
 * @param then goes on, with what went wrong
 * @param fellShort is told before that what a file did not take; of anything else the stream's own
 *   listeners hear
 */
export function writeOutput(
  text: string,
  then: (error?: unknown) => void,
  fellShort: (error: unknown) => void,
): void {
  if (text === "" || !isOutputFile()) {
    // Listeners for errors come after this.
    process.stdout.write(text, (error) => (error ? setImmediate(then, error) : then()));
    return;
  }
  // The stream would write as much as fits on the disk, and call that a success.
  try {
    writeFileSync(1, text);
    then();
  } catch (error) {
    fellShort(error);
    then(error);
  }
}

function isOutputFile(): boolean {
  try {
    return fstatSync(1).isFile();
  } catch {
    return false;
  }
}
