/** What an entry of a tar archive is; `other` is whatever a backup has no use for. */
export type EntryKind = "file" | "directory" | "symbolic link" | "hard link" | "device" | "other";

/** One entry of a tar archive. */
export interface TarEntry {
  /** As it is written in the archive, without a final slash. */
  path: string;
  kind: EntryKind;
  /** Access mode with the bits for set-uid, set-gid and sticky. */
  mode: number;
  uid: number;
  gid: number;
  /** Unix seconds of the last change. */
  mtime: number;
  content: Buffer;
}

/** A text that is no tar archive, or one that ends early. */
export class TarError extends Error {}

const BLOCK = 512;

// POSIX.1-2017, pax, "ustar Interchange Format": offsets and lengths of the fields.
const field = {
  name: [0, 100],
  mode: [100, 8],
  uid: [108, 8],
  gid: [116, 8],
  size: [124, 12],
  mtime: [136, 12],
  checksum: [148, 8],
  type: [156, 1],
  magic: [257, 6],
  prefix: [345, 155],
} as const satisfies Record<string, readonly [offset: number, length: number]>;

const kinds: Readonly<Record<string, EntryKind>> = {
  "0": "file",
  "\0": "file",
  "1": "hard link",
  "2": "symbolic link",
  "3": "device",
  "4": "device",
  "5": "directory",
  "6": "device",
};

/**
 * Reads a tar archive in POSIX form (ustar, with pax headers for long names). Nothing in it is
 * believed: `judgeArchive` says what may be used.
 *
 * @throws TarError where it is cut off or damaged
 */
export function readTar(archive: Buffer): TarEntry[] {
  const entries: TarEntry[] = [];
  let long: string | undefined;
  for (let at = 0; ; ) {
    const header = archive.subarray(at, at + BLOCK);
    if (header.length < BLOCK) throw new TarError("it ends in the middle");
    if (header.every((byte) => byte === 0)) return entries;
    checkHeader(header);
    const size = number(header, "size");
    const type = header.toString("latin1", field.type[0], field.type[0] + 1);
    const begin = at + BLOCK;
    const content = archive.subarray(begin, begin + size);
    if (content.length < size) throw new TarError("it ends in the middle");
    at = begin + Math.ceil(size / BLOCK) * BLOCK;
    if (type === "x") {
      long = paxPath(content) ?? long;
      continue;
    }
    // A global header speaks of all that follow; what backups make has none.
    if (type === "g" || type === "L" || type === "K") {
      throw new TarError("it has headers that no backup of this program has");
    }
    const path = (long ?? name(header)).replace(/(?<=.)\/$/, "");
    long = undefined;
    entries.push({
      path,
      kind: kinds[type] ?? "other",
      mode: number(header, "mode"),
      uid: number(header, "uid"),
      gid: number(header, "gid"),
      mtime: number(header, "mtime"),
      content,
    });
  }
}

function checkHeader(header: Buffer): void {
  if (!text(header, "magic").startsWith("ustar")) throw new TarError("it is no tar archive");
  const [begin, length] = field.checksum;
  let sum = 0;
  for (let index = 0; index < BLOCK; index += 1) {
    const blank = index >= begin && index < begin + length;
    sum += blank ? 0x20 : (header[index] ?? 0);
  }
  if (sum !== number(header, "checksum")) throw new TarError("a header of it is damaged");
}

function text(header: Buffer, key: keyof typeof field): string {
  const [begin, length] = field[key];
  const bytes = header.subarray(begin, begin + length);
  const end = bytes.indexOf(0);
  return bytes.toString("utf8", 0, end < 0 ? length : end);
}

function name(header: Buffer): string {
  const [prefix, own] = [text(header, "prefix"), text(header, "name")];
  return prefix === "" ? own : `${prefix}/${own}`;
}

function number(header: Buffer, key: keyof typeof field): number {
  const digits = text(header, key).trim();
  if (!/^[0-7]*$/.test(digits)) throw new TarError(`a header of it has no number for ${key}`);
  return digits === "" ? 0 : Number.parseInt(digits, 8);
}

/** Of the records of a pax header (`LENGTH KEY=VALUE`) only the name matters here. */
function paxPath(content: Buffer): string | undefined {
  let found: string | undefined;
  for (let at = 0; at < content.length; ) {
    const space = content.indexOf(0x20, at);
    const length = Number(content.toString("latin1", at, space < 0 ? at : space));
    if (!Number.isInteger(length) || length <= 0 || at + length > content.length) {
      throw new TarError("a pax header of it is damaged");
    }
    const record = content.toString("utf8", space + 1, at + length - 1);
    if (record.startsWith("path=")) found = record.slice("path=".length);
    // Sizes above 8 GB and sparse files: no backup has any.
    if (/^(size|linkpath|GNU\.sparse\.)/.test(record)) {
      throw new TarError("it has headers that no backup of this program has");
    }
    at += length;
  }
  return found;
}

/** Writes files and directories as a tar archive; the same entries make the same bytes. */
export function writeTar(entries: readonly TarEntry[]): Buffer {
  const blocks = entries.flatMap((entry) => {
    const bytes = Buffer.from(entry.path, "utf8");
    const directory = entry.kind === "directory";
    const long = bytes.length > 99;
    return [
      ...(long ? paxBlocks(entry.path) : []),
      headerOf({
        ...entry,
        path: long ? bytes.subarray(0, 99).toString("latin1") : bytes.toString("latin1"),
        size: directory ? 0 : entry.content.length,
        type: directory ? "5" : "0",
      }),
      ...(directory ? [] : padded(entry.content)),
    ];
  });
  return Buffer.concat([...blocks, Buffer.alloc(2 * BLOCK)]);
}

function paxBlocks(path: string): Buffer[] {
  const body = ` path=${path}\n`;
  const bytes = Buffer.byteLength(body);
  // The length counts its own digits.
  let length = bytes + 1;
  while (`${length}`.length + bytes !== length) length += 1;
  const record = Buffer.from(`${length}${body}`, "utf8");
  const header = { path: "pax", mode: 0o600, uid: 0, gid: 0, mtime: 0 };
  return [headerOf({ ...header, size: record.length, type: "x" }), ...padded(record)];
}

const padded = (content: Buffer): Buffer[] => [
  content,
  Buffer.alloc((BLOCK - (content.length % BLOCK)) % BLOCK),
];

interface Header extends Pick<TarEntry, "mode" | "uid" | "gid" | "mtime"> {
  /** One character for each byte. */
  path: string;
  size: number;
  type: string;
}

function headerOf({ path, mode, uid, gid, size, mtime, type }: Header): Buffer {
  const header = Buffer.alloc(BLOCK);
  const put = (key: keyof typeof field, value: string) =>
    header.write(value, field[key][0], field[key][1], "latin1");
  const digits = (key: keyof typeof field, value: number) =>
    put(key, value.toString(8).padStart(field[key][1] - 1, "0"));
  put("name", path);
  digits("mode", mode);
  digits("uid", uid);
  digits("gid", gid);
  digits("size", size);
  digits("mtime", Math.max(0, Math.floor(mtime)));
  put("type", type);
  put("magic", "ustar\0");
  header.write("00", 263, "latin1");
  put("checksum", "        ");
  const sum = header.reduce((all, byte) => all + byte, 0);
  put("checksum", `${sum.toString(8).padStart(6, "0")}\0 `);
  return header;
}
