import { foreign, foreignPath } from "../foreign-text";
import { readStanding, type Standing } from "../vrrp/standing";

/** What one member of a pair told about itself, and what it sees on its wire. */
export interface MemberReading extends Omit<Standing, "master"> {
  /** Why it could not be asked; then nothing else is known. @default it answered */
  silent?: string;
  /** Whether it has the virtual address. */
  hasAddress: boolean;
  /** Unix seconds of the last change of state. @default none is known */
  changedAt?: number;
  /** Its last changes of state, the oldest first, each in Unix seconds. @default none is known */
  steps?: { at: number; state: string }[];
  /** Last start of each unit in Unix seconds, and how often systemd started it again since. */
  starts?: { unit: string; at: number; again: number }[];
  /** Unix seconds of its own start. @default not known */
  bootedAt?: number;
  /** Hardware address of its interface, in lower case. */
  mac?: string;
  /** Hardware address that answers for the virtual address on its wire. @default none does */
  seenMac?: string;
  /** Its clock minus ours, in seconds, at least off by the time of the question. */
  clockOffSec?: number;
  /** Checksum of what has to be the same on every member. @default nothing has to be */
  checksum?: string;
  /** What it was asked for and did not tell. @default it told everything */
  untold?: string[];
  /** Whether the service accepts its configuration. @default not known */
  configValid?: boolean;
  /** What became of the files that were copied to it last, where they were not read. @default they were */
  copied?: "refused" | "unread";
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
  /** @default only how it stands towards the address */
  facts?: AskedFacts;
}

/** What a member is asked for beside how it stands towards the address. */
export interface AskedFacts {
  /** Units whose state is asked for. */
  units: readonly string[];
  /** Units whose last start is asked for. @default none */
  starts?: readonly string[];
  /** Whether it has a configuration that has to be the same on every member, and that its service may refuse. */
  configuration: boolean;
  /** Directory of the certificates that are served. @default none is asked for */
  certificates?: string;
  /** Whether it has servers behind it. */
  servers: boolean;
}

const NOTHING: AskedFacts = { units: [], configuration: false, servers: false };

/** Most of one kind that is believed; the script prints no more. */
const MOST = { certificates: 50, servers: 50, files: 200, steps: 8 };

/** Longest word of a member that is repeated. */
const LONGEST_WORD = 80;

/**
 * Reads what `statusScript` prints. Lines that are not understood are left out, and so is what was not asked for: a
 * member must not be able to make the report say anything else, or name a command. What was asked for and is not
 * told is noted: a silence is no good news.
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
  const shaped = (word: string, shape: RegExp) => {
    const text = one(word)?.toLowerCase();
    return text !== undefined && shape.test(text) ? text : undefined;
  };
  const { name, priority, facts = NOTHING } = asked;
  const now = number(one("now"));
  const valid = one("valid");
  const { master, ...standing } = readStanding(name, priority, printed);
  const units = pairs("unit").filter(([unit]) => facts.units.includes(unit));
  const reading: MemberReading = {
    ...standing,
    hasAddress: master,
    units: Object.fromEntries(
      units.map(([unit, state]) => [unit, foreign(state, LONGEST_WORD) || "not known to systemd"]),
    ),
    certificates: pairs("certificate")
      .filter(([, path]) => path.startsWith(`${facts.certificates}/`))
      .slice(0, MOST.certificates)
      .flatMap(([endsAt, path]) => {
        const end = number(endsAt);
        return end === undefined ? [] : [{ path: foreignPath(path), endsAt: end }];
      }),
    servers: (facts.servers ? pairs("server") : [])
      .slice(0, MOST.servers)
      .map(([server, state]) => ({
        name: foreign(server, LONGEST_WORD),
        status: foreign(state, LONGEST_WORD),
      })),
  };
  const files = pairs("file")
    .slice(0, MOST.files)
    .map(([sha256, path]) => (SHA256.test(sha256) ? { path, sha256 } : { path }));
  if (files.length > 0) reading.files = files;
  const changedAt = number(one("changed"));
  if (changedAt !== undefined) reading.changedAt = changedAt;
  const steps = pairs("step")
    .slice(0, MOST.steps)
    .flatMap(([time, state]) => {
      const at = number(time);
      return at === undefined || !/^(MASTER|BACKUP|FAULT|STOP)$/.test(state) ? [] : [{ at, state }];
    });
  if (steps.length > 0) reading.steps = steps;
  const starts = pairs("started").flatMap(([unit, value]) => {
    const [time, again] = value.split(" ").map(number);
    if (!facts.starts?.includes(unit) || time === undefined) return [];
    return [{ unit, at: time, again: again ?? 0 }];
  });
  if (starts.length > 0) reading.starts = starts;
  const bootedAt = number(one("booted"));
  if (bootedAt !== undefined) reading.bootedAt = bootedAt;
  const mac = shaped("mac", MAC);
  if (mac !== undefined) reading.mac = mac;
  const wire = shaped("wire", MAC);
  if (wire !== undefined) reading.seenMac = wire;
  if (now !== undefined) reading.clockOffSec = now - askedAt;
  const sum = shaped("sum", SHA256);
  if (sum !== undefined) reading.checksum = sum;
  const copied = one("copied");
  if (copied === "refused" || copied === "unread") reading.copied = copied;
  if (valid === "0" || valid === "1") reading.configValid = valid === "1";
  const untold = untoldIn(facts, reading);
  if (untold.length > 0) reading.untold = untold;
  return reading;
}

const SHA256 = /^[0-9a-f]{64}$/;
const MAC = /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/;

/** What a member was asked for and did not tell, as parts of a sentence. */
function untoldIn(facts: AskedFacts, reading: MemberReading): string[] {
  const { configuration, certificates, servers, units } = facts;
  return [
    ...(reading.clockOffSec === undefined ? ["its time"] : []),
    ...units
      .filter((unit) => reading.units[unit] === undefined)
      .map((unit) => `whether ${unit} runs`),
    ...(configuration && reading.checksum === undefined
      ? ["the checksum of its configuration"]
      : []),
    ...(configuration && reading.configValid === undefined
      ? ["whether its service accepts its configuration"]
      : []),
    ...(certificates !== undefined && reading.certificates.length === 0
      ? [`the end of any certificate in ${certificates}`]
      : []),
    ...(servers && reading.servers.length === 0 ? ["the servers behind it"] : []),
  ];
}

/** A member that could not be asked. */
export function silentMember({ name, priority }: AskedMember, reason: string): MemberReading {
  const nothing = { hasAddress: false, units: {}, certificates: [], servers: [] };
  return { name, priority, silent: reason, ...nothing };
}
