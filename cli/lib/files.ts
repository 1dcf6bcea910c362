import { accessSync, constants, existsSync, mkdirSync, statSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { FileRefusal, readBounded } from "../../config/file/bounded-file";
import { replaceFile } from "./replace-file";
import { PreconditionError, UsageError } from "./usage";

/**
 * The text of a file that the person at the keyboard named.
 *
 * @param named the path as it was written, for the message
 * @throws UsageError in one line, where it is missing, a folder or unreadable
 */
export function readNamed(named: string): string {
  try {
    return readBounded(resolve(named));
  } catch (error) {
    throw new UsageError(reason(named, error));
  }
}

/** Says before a long run, not after it, that its result could not be written. */
export function checkOutput(named: string): void {
  const path = resolve(named);
  try {
    if (existsSync(path)) {
      if (statSync(path).isDirectory())
        throw new UsageError(`${named} is a folder, expected a file`);
      accessSync(path, constants.W_OK);
    } else {
      // With the final slash, a file in the folder's place is no folder either.
      accessSync(`${dirname(path)}/`, constants.W_OK);
    }
  } catch (error) {
    throw error instanceof UsageError ? error : unwritable(named, error);
  }
}

/**
 * Makes a folder that will be written into, before the work whose result it is to have.
 *
 * @param where what names the folder, for the message
 * @throws PreconditionError in one line
 */
export function folderFor(folder: string, where: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    accessSync(folder, constants.W_OK);
  } catch (error) {
    throw new PreconditionError(
      `${where}: ${folder} cannot be written (${codeOf(error)}); nothing was changed`,
    );
  }
}

/** Writes a result into a file that the person at the keyboard named. */
export function writeNamed(named: string, text: string): void {
  try {
    writeFileSync(resolve(named), text);
  } catch (error) {
    throw unwritable(named, error);
  }
}

/** The same in one step, for a file that somebody else may read at any time. */
export function replaceNamed(named: string, text: string): void {
  try {
    replaceFile(resolve(named), text, 0o666);
  } catch (error) {
    throw unwritable(named, error);
  }
}

function unwritable(named: string, error: unknown): UsageError {
  const missing = codeOf(error) === "ENOENT" || codeOf(error) === "ENOTDIR";
  return new UsageError(
    missing
      ? `there is no folder ${dirname(named)} for ${named}; make it first`
      : `${named} cannot be written (${codeOf(error)}); name another file`,
  );
}

function reason(named: string, error: unknown): string {
  if (error instanceof FileRefusal) return `${named} ${error.message}`;
  const code = codeOf(error);
  if (code === "ENOENT" || code === "ENOTDIR") return `there is no file ${named}`;
  return `${named} cannot be read (${code})`;
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? String(error);
}

/**
 * Makes a folder that somebody named, and those above it.
 *
 * @param refusal what to say, with the system's code, e.g. `EROFS`
 * @throws UsageError when nothing can be written into it
 */
export function makeWritableFolder(dir: string, refusal: (code: string) => string): void {
  try {
    mkdirSync(dir, { recursive: true });
    accessSync(dir, constants.W_OK);
  } catch (error) {
    throw new UsageError(refusal(codeOf(error)));
  }
}
