import { readStanding, type Standing } from "../vrrp/standing";

/** What one member of a pair told about itself, and what it sees on its wire. */
export interface MemberReading extends Omit<Standing, "master"> {
  /** Why it could not be asked; then nothing else is known. @default it answered */
  silent?: string;
  /** Whether it has the virtual address. */
  hasAddress: boolean;
  /** Unix seconds of the last change of state. @default none is known */
  changedAt?: number;
  /** Hardware address of its interface, in lower case. */
  mac?: string;
  /** Hardware address that answers for the virtual address on its wire. @default none does */
  seenMac?: string;
  /** Its clock minus ours, in seconds, at least off by the time of the question. */
  clockOffSec?: number;
  /** Checksum of what has to be the same on every member. @default nothing has to be */
  checksum?: string;
  /** Whether the service accepts its configuration. @default not known */
  configValid?: boolean;
  /** Further units and what systemd says of them, e.g. `lsyncd.service`: `failed`. */
  units: Record<string, string>;
  /** Certificates that are served, and when each ends, in Unix seconds. */
  certificates: { path: string; endsAt: number }[];
  /** Servers behind it, and whether each is up. */
  servers: { name: string; status: string }[];
  /** Files that a roll-out wrote, with their checksums now. @default it told of none */
  files?: { path: string /** SHA-256 in hexadecimal. @default it is gone */; sha256?: string }[];
}

/** Who is asked. */
export interface AskedMember {
  name: string;
  priority: number;
}

/**
 * Reads what `statusScript` prints. Lines that are not understood are left out: a member must not be
 * able to make the report say anything else.
 *
 * @param askedAt Unix seconds in the middle of the question
 */
export function readMember(asked: AskedMember, printed: string, askedAt: number): MemberReading {
  const rows = printed.split("\n").map((line) => line.split(" "));
  const after = (word: string) => rows.find(([first]) => first === word)?.slice(1);
  const one = (word: string) => after(word)?.join(" ");
  const number = (text: string | undefined) =>
    text !== undefined && /^\d{1,12}$/.test(text) ? Number(text) : undefined;
  const pairs = (word: string) =>
    rows.flatMap(([first, name, ...value]) =>
      first === word && name !== undefined ? [[name, value.join(" ")] as const] : [],
    );
  const now = number(one("now"));
  const valid = one("valid");
  const { master, ...standing } = readStanding(asked.name, asked.priority, printed);
  const reading: MemberReading = {
    ...standing,
    hasAddress: master,
    units: Object.fromEntries(pairs("unit")),
    certificates: pairs("certificate").flatMap(([endsAt, path]) => {
      const end = number(endsAt);
      return end === undefined ? [] : [{ path, endsAt: end }];
    }),
    servers: pairs("server").map(([name, status]) => ({ name, status })),
  };
  const files = pairs("file").map(([sha256, path]) =>
    /^[0-9a-f]{64}$/.test(sha256) ? { path, sha256 } : { path },
  );
  if (files.length > 0) reading.files = files;
  const changedAt = number(one("changed"));
  if (changedAt !== undefined) reading.changedAt = changedAt;
  const mac = one("mac")?.toLowerCase();
  if (mac !== undefined) reading.mac = mac;
  const wire = one("wire")?.toLowerCase();
  if (wire !== undefined) reading.seenMac = wire;
  if (now !== undefined) reading.clockOffSec = now - askedAt;
  const sum = one("sum");
  if (sum !== undefined) reading.checksum = sum;
  if (valid !== undefined) reading.configValid = valid === "1";
  return reading;
}

/** A member that could not be asked. */
export function silentMember(asked: AskedMember, reason: string): MemberReading {
  return { ...asked, silent: reason, hasAddress: false, units: {}, certificates: [], servers: [] };
}
