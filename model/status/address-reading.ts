import type { MemberReading } from "./member-reading";
import type { StatusItem, StatusLevel } from "./types";

/** A virtual address with what its members told. */
export interface AddressReading {
  /** Section and name: `traefikPairs.traefik`. */
  place: string;
  /** Address without prefix length. */
  vip: string;
  /** Whether the preferred member takes the address again after a repair. */
  preempt: boolean;
  members: MemberReading[];
  /** Why the address does not take connections from here. @default it does */
  unreachable?: string;
  /** Unix seconds. */
  takenAt: number;
}

/** A line about an address. */
export const item = (
  { place }: AddressReading,
  level: StatusLevel,
  text: string,
  fix?: string,
): StatusItem => ({ level, subject: place, text, ...(fix !== undefined && { fix }) });
