import type { Guest, ProxmoxState } from "../../world";
import type { Site } from "./site";

/** What the API says to one call; Proxmox puts its reasons into the status line. */
export interface ApiAnswer {
  status: number;
  reason: string;
  data: unknown;
  /** How many there are, where only some are given out. */
  total?: number;
}

/** The platform at the moment of the call. */
export interface ApiWorld {
  pve: ProxmoxState;
  site: Site;
  /** Nodes that are off, and those that are on but do not answer. */
  offline: ReadonlySet<string>;
  silent: ReadonlySet<string>;
  now: number;
}

/** A refusal in Proxmox's words. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    reason: string,
  ) {
    super(reason);
  }
}

/** Truth as Proxmox writes it. */
export const flag = (value: unknown) => (value ? 1 : 0);

/** Proxmox's word for the kind of a guest. */
export const kindOf = (guest: Guest) => (guest.type === "ct" ? "lxc" : "qemu");

/** PVEAuditor (pve-access-control, AccessControl.pm), and what it takes to read a journal. */
export const auditor = {
  "Sys.Audit": 1,
  "VM.Audit": 1,
  "Datastore.Audit": 1,
  "Pool.Audit": 1,
  "SDN.Audit": 1,
  "Mapping.Audit": 1,
  "Sys.Syslog": 1,
};
