import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";

/** Largest file that people write by hand, and that one still wants to wait for. */
const MOST_BYTES = 8 * 1024 * 1024;

/** Why a file is not read. */
export class FileRefusal extends Error {}

/**
 * Reads a text file whole. A pipe or a device could block for ever or never end, so only a regular
 * file is read, and none that is larger than a stack file can be.
 *
 * @throws FileRefusal for anything else, with the rest of a sentence; the system's error otherwise
 */
export function readBounded(path: string): string {
  // Without this flag, opening a pipe waits for somebody who writes into it.
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  try {
    const found = fstatSync(file);
    if (found.isDirectory()) throw new FileRefusal("is a folder, expected a file");
    if (!found.isFile()) throw new FileRefusal("is a pipe, socket or device, expected a file");
    const most = MOST_BYTES / 1024 / 1024;
    const utf16 = new FileRefusal(
      "is UTF-16, as `>` in PowerShell writes it, expected UTF-8; save it anew as UTF-8",
    );
    const large = new FileRefusal(`is larger than ${most} MB, expected a text that people write`);
    if (found.size > MOST_BYTES) throw large;
    // It may have grown since, and files of /proc say that they are empty.
    const buffer = Buffer.alloc(Math.max(found.size, 64 * 1024) + 1);
    let length = 0;
    for (;;) {
      const read = readSync(file, buffer, length, buffer.length - length, null);
      length += read;
      if (read === 0) {
        const mark = buffer.toString("hex", 0, Math.min(2, length));
        if (mark === "fffe" || mark === "feff") throw utf16;
        return buffer.toString("utf8", 0, length);
      }
      if (length === buffer.length) throw large;
    }
  } finally {
    closeSync(file);
  }
}
