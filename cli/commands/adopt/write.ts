import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { UsageError } from "../../lib/usage";

/** A file and what it is to hold. */
export interface Wanted {
  path: string;
  text: string;
}

/**
 * Writes all files or none: each is written whole beside its place, then they take their places;
 * if one cannot, those before it get back what they held.
 *
 * @throws UsageError with the file that cannot be written
 */
export function writeTogether(files: readonly Wanted[]): void {
  const partial = ({ path }: Wanted) => `${path}.${process.pid}.partial`;
  const placed: { path: string; before: Buffer | undefined }[] = [];
  let current = "";
  try {
    for (const file of files) {
      current = file.path;
      writeFileSync(partial(file), file.text, { flag: "wx" });
    }
    for (const file of files) {
      current = file.path;
      const before = existsSync(file.path) ? readFileSync(file.path) : undefined;
      renameSync(partial(file), file.path);
      placed.push({ path: file.path, before });
    }
  } catch (error) {
    for (const { path, before } of placed) {
      if (before === undefined) rmSync(path, { force: true });
      else writeFileSync(path, before);
    }
    for (const file of files) rmSync(partial(file), { force: true });
    const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
    throw new UsageError(
      `${current} cannot be written (${code}), so nothing was written; name another folder with --dir`,
    );
  }
}
