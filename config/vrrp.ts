import { z } from "zod";
import {
  count,
  hostKey,
  interfaceName,
  ipv4,
  ipv4Prefix,
  name,
  priority,
  seconds,
  shown,
  virtualRouterId,
} from "./network";

const debian = z.literal([12, 13], {
  error: (issue) =>
    `found ${shown(issue.input)}, expected 12 or 13; give the Debian release inside the host`,
});

/** Fields of a host: either `guest` alone, or a host outside `guests`, stated in place. */
const hostFields = {
  /** Name in `guests`: address, node and host key are taken from there. */
  guest: name.optional(),
  /** Name of a host that is not in `guests`; needs `address` and `node`. */
  host: name.optional(),
  address: ipv4.optional(),
  /** Proxmox node that carries it. */
  node: name.optional(),
  hostKey: hostKey.optional(),
  debian: debian.optional(),
};

/** A guest by name, or a host of its own. `config/host-fields.ts` checks which fields go together. */
export const hostSchema = z.strictObject(hostFields);

/** A host with its VRRP priority; the highest owns the virtual address when all is well. */
export const memberSchema = z.strictObject({ ...hostFields, priority });

/**
 * Health check that keepalived runs on each member.
 *
 * With `weight: 0` a failed check is a FAULT: the member leaves at once. A negative weight is
 * subtracted from the priority while the check fails; it must be large enough to go below the
 * next member (see `docs/policies/vrrp-weight.md`).
 */
export const checkSchema = z.strictObject({
  weight: count("a weight", -253, 253).default(0),
  intervalSec: seconds(0.1, 3600).default(2),
  timeoutSec: seconds(0.1, 3600).default(2),
  fall: count("failures in a row", 1, 100).default(2),
  rise: count("successes in a row", 1, 100).default(2),
});

/** What every virtual address needs, whoever uses it; the members come beside it. */
export const vrrpFields = {
  /** Virtual address with prefix length. */
  vip: ipv4Prefix,
  interface: interfaceName,
  virtualRouterId,
  /** VRRP version; 2 has whole seconds only and must agree to the second on all members. */
  version: z
    .literal([2, 3], {
      error: (issue) => `found ${shown(issue.input)}, expected 2 or 3; prefer VRRP version 3`,
    })
    .default(3),
  advertIntervalSec: seconds(0.01, 40.95).default(1),
  /** Whether a recovered preferred member takes the address back. */
  preempt: z.boolean().default(true),
  preemptDelaySec: seconds(0, 1000).default(0),
  check: checkSchema.prefault({}),
};

const tooFew = (issue: { input?: unknown }) =>
  `found ${Array.isArray(issue.input) ? `${issue.input.length} members` : shown(issue.input)}, expected at least 2 members; list the hosts that share the address, on different nodes`;

/** The members of a virtual address as a stack file lists them. */
export const membersField = z.array(memberSchema, { error: tooFew }).min(2, { error: tooFew });

/** A host after its guest reference was looked up: what a component gets. */
export const resolvedHostSchema = z.strictObject({
  name,
  address: ipv4,
  node: name,
  hostKey,
  debian,
});

/** A resolved host with its priority. */
export const resolvedMemberSchema = z.strictObject({ ...resolvedHostSchema.shape, priority });
export type ResolvedHost = z.output<typeof resolvedHostSchema>;
export type ResolvedMember = z.output<typeof resolvedMemberSchema>;
