import type { PoolKind } from "./pools";

/** Every address a network plan states, with the place of each in the stack file. */
export interface AddressPlan {
  /** Network segments (broadcast domains) with the ranges that something else hands out. */
  segments: {
    name: string;
    cidr: string;
    /** Its IPv6 network beside an IPv4 one. @default none */
    cidr6?: string | undefined;
    pools: {
      name: string;
      kind: PoolKind;
      range: string;
      /** Its IPv6 addresses beside IPv4 ones. @default none */
      range6?: string | undefined;
      /** Addresses that something outside the plan has. @default none */
      taken?: TakenAddress[];
    }[];
  }[];
  /** Hosts with a fixed address; one host may be mentioned several times by the same name. */
  hosts: { name: string; address: string; path: (string | number)[] }[];
  /** Addresses that move between hosts. */
  vips: {
    name: string;
    address: string;
    /** Prefix length with which it is set; it must be that of its segment. @default not judged */
    prefix?: number | undefined;
    /** @default none: not a VRRP address */
    virtualRouterId?: number | undefined;
    /** Pool `<segment>.<pool>` whose member it is meant to be; a pool that is not in the plan is not judged. @default none: outside every pool */
    pool?: string | undefined;
    path: (string | number)[];
    /** @default the path of the address */
    routerIdPath?: (string | number)[] | undefined;
  }[];
}

/** An address that something has which this stack does not make. */
export interface TakenAddress {
  address: string;
  /** Who has it; several where they share it. */
  by: string[];
}
