import type { ClusterSnapshot } from "../cluster-snapshot";

/** Something of the cluster that the stack file does not take over; it stays as it is. */
export interface LeftOut {
  /** What, e.g. `HA resource ct:110`, `rule web-apart`. */
  what: string;
  /** Why not, as the end of "not taken over, because …". */
  why: string;
}

/** A comment for a place of the stack file: written above its key. */
export interface Note {
  path: string[];
  text: string;
  /** Whether it is a line of the place itself, to be uncommented there. @default false */
  inside?: boolean;
}

/** Reasons to leave something where it is, by HA id (`ct:110`) or by `rule <id>`. */
export type Reasons = ReadonlyMap<string, string>;

/** A group of the draft, with the places of the cluster that its fields come from. */
export interface DraftGroup {
  name: string;
  /** HA ids in the order of `guests`. */
  sids: string[];
  /** Ids of the rules behind each set. */
  keepApart: string[];
  keepTogether: string[];
}

/** A part of a stack file, as plain data. */
export type Section = Record<string, unknown>;

/** A stack file as it could be, before it was checked. */
export interface Draft {
  cluster: Section;
  guests: Record<string, Section>;
  haGroups: Record<string, Section>;
  groups: DraftGroup[];
  notes: Note[];
  left: LeftOut[];
}

/** What the parts of a draft are made from. */
export interface Source {
  cluster: ClusterSnapshot;
  /** Name in the stack file by HA id; templates have none. */
  names: ReadonlyMap<string, string>;
  left: LeftOut[];
  notes: Note[];
}

/** VMID of an HA id. */
export const vmidOf = (sid: string): number => Number(sid.split(":")[1]);

/** By VMID, the order in which people look for guests. */
export const byVmid = (a: string, b: string): number => vmidOf(a) - vmidOf(b);
