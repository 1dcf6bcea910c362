import { z } from "zod";
import { choiceFix } from "../file/fixes";
import {
  addressPrefix,
  count,
  guestName,
  hostKey,
  interfaceName,
  ipAddress,
  ipv6,
  ipv6Prefix,
  nodeName,
  port,
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
  guest: guestName
    .optional()
    .describe("Name in `guests`: address, node and host key are taken from there."),
  host: guestName
    .optional()
    .describe("Name of a host that is not in `guests`; needs `address`, and `node` or `outside`."),
  address: ipAddress.optional().describe("Its address, IPv4 or IPv6."),
  address6: ipv6
    .optional()
    .describe("Its IPv6 address beside an IPv4 one. Default: it has one family."),
  node: nodeName
    .optional()
    .describe("Proxmox node that carries it, or that it is: it dies with that node."),
  outside: nodeName
    .optional()
    .describe(
      "In place of `node`, for a host that no node carries (a Raspberry Pi, a NAS): a word for what it shares with others, e.g. its power strip. Hosts of one word fail together; with the name of a failure domain, they fail with that.",
    ),
  hostKey: hostKey
    .optional()
    .describe("Pinned SSH host key; needed where files are copied to the host."),
  debian: debian
    .optional()
    .describe("Debian release inside; decides which keepalived runs there. Default: 12."),
};

/** A guest by name, or a host of its own. `config/host-fields.ts` checks which fields go together. */
export const hostSchema = z.strictObject(hostFields);

/** A host with its VRRP priority; the highest owns the virtual address when all is well. */
export const memberSchema = z.strictObject({
  ...hostFields,
  priority: priority
    .optional()
    .describe(
      "VRRP priority, 1 to 254; the highest owns the address. State it for all members or for none. Default: in the order of the list, from 200 downwards in steps of 10.",
    ),
  interface: interfaceName
    .optional()
    .describe(
      "Its interface that carries the address, where it is called otherwise than the others', e.g. `ens18` in a VM or `end0` on a Raspberry Pi. Default: `interface` of the entry.",
    ),
});

/**
 * Health check that keepalived runs on each member.
 *
 * With `weight: 0` a failed check is a FAULT: the member leaves at once. A negative weight is
 * subtracted from the priority while the check fails; it must be large enough to go below the
 * next member (see `docs/policies/vrrp-weight.md`). What is not stated comes from the profile.
 */
export const checkSchema = z.strictObject({
  weight: z
    .union([z.literal("auto"), count("a weight", -253, 253)], {
      error: (issue) =>
        `found ${shown(issue.input)}, expected a weight from -253 to 253, or "auto"; change it`,
    })
    .optional()
    .describe(
      "Change of the priority while the check fails; 0 is a FAULT: the member leaves at once; `auto` is a negative weight that fits the priorities. Default: 0.",
    ),
  intervalSec: seconds(0.1, 3600)
    .optional()
    .describe(
      "Seconds between two checks; on Debian 12 whole seconds, except with the profile `fast`. Default: 0.2 with the profile `fast`, else 2.",
    ),
  timeoutSec: seconds(0.1, 3600)
    .optional()
    .describe(
      "Seconds after which a check that hangs counts as failed. Default: 0.15 with the profile `fast`, else 2.",
    ),
  fall: count("failures in a row", 1, 100)
    .optional()
    .describe("Failures in a row after which the check counts as failed. Default: 2."),
  rise: count("successes in a row", 1, 100)
    .optional()
    .describe(
      "Successes in a row after which it counts as good again. Default: 5 with the profile `fast`, else 2.",
    ),
});

/** What every virtual address needs, whoever uses it; the members come beside it. */
export const vrrpFields = {
  vip: addressPrefix.describe(
    "Virtual address with prefix length, IPv4 or IPv6; the members' own addresses are of the same family.",
  ),
  vip6: ipv6Prefix
    .optional()
    .describe(
      "IPv6 address with prefix length that moves together with an IPv4 `vip`; clients of both families then lose the service for the same time. Default: none.",
    ),
  interface: interfaceName
    .default("eth0")
    .describe(
      "Interface of the members that carries the address; a member may state another one for itself.",
    ),
  virtualRouterId: virtualRouterId.describe("VRRP id, 1 to 255; unique on the segment."),
  profile: z
    .literal(["fast", "compatible"], {
      error: (issue) =>
        `found ${shown(issue.input)}, expected "fast" (the address moves in less than a second) or "compatible"; ${choiceFix(issue.input, ["fast", "compatible"])}`,
    })
    .default("compatible")
    .describe(
      "`fast`: a dead host and a failed check take less than a second; `compatible`: plain checks in whole seconds. It fills in the times that are not stated.",
    ),
  version: z
    .literal([2, 3], {
      error: (issue) => `found ${shown(issue.input)}, expected 2 or 3; prefer VRRP version 3`,
    })
    .optional()
    .describe(
      "VRRP version; 2 has whole seconds only and must agree to the second on all members. Default: 3.",
    ),
  advertIntervalSec: seconds(0.01, 40.95)
    .optional()
    .describe(
      "Seconds between two adverts; three missed ones are a dead member. Default: 0.2 with the profile `fast`, else 1.",
    ),
  preempt: z
    .boolean()
    .default(true)
    .describe("Whether a recovered preferred member takes the address back."),
  preemptDelaySec: seconds(0, 1000)
    .default(0)
    .describe("Seconds that a recovered member waits before it takes the address back."),
  drainSec: count("seconds", 0, 600)
    .default(0)
    .describe(
      "Seconds for which connections that are open at a planned change (`switch`, `switch --back`, a rolling `up`) are kept by the member that accepted them, e.g. 60. Default: they are cut.",
    ),
  drainPort: port
    .default(8082)
    .describe("Port of the members' own addresses on which they agree on that, TCP."),
  check: checkSchema.prefault({}).describe("Health check on each member."),
};

/** The same as a stack file states it: what can be worked out may be left out (`config/worked-out.ts`). */
export const statedVrrpFields = {
  ...vrrpFields,
  virtualRouterId: virtualRouterId
    .optional()
    .describe(
      "VRRP id, 1 to 255; unique on the segment. Default: the last byte of the address, or the next one that no other address of the file has.",
    ),
};

const tooFew = (issue: { input?: unknown }) =>
  typeof issue.input === "object" && issue.input !== null && !Array.isArray(issue.input)
    ? 'found a map, expected a list of at least 2 members; begin each with "- guest: <name>", and its priority below'
    : `found ${Array.isArray(issue.input) ? `${issue.input.length} ${issue.input.length === 1 ? "member" : "members"}` : shown(issue.input)}, expected at least 2 members; list the hosts that share the address, on different nodes`;

/** The members of a virtual address as a stack file lists them. */
export const membersField = z
  .array(memberSchema, { error: tooFew })
  .min(2, { error: tooFew })
  .describe("Hosts that share the address, at least two, on different nodes.");

/** Hosts that are no members any more, as a stack file lists them. */
export const leavingField = z
  .array(hostSchema)
  .optional()
  .describe(
    "Hosts that were members: move their entry here from `members`, without its priority. The next `up` ends keepalived and its helpers there, before the others forget them; after it the entry can go. Default: none.",
  );

/** A host after its guest reference was looked up: what a component gets. */
export const resolvedHostSchema = z.strictObject({
  name: guestName.describe("Name of the host; part of the names of its resources."),
  address: ipAddress.describe("Its address."),
  node: nodeName.describe("Proxmox node that carries it."),
  hostKey: hostKey.describe("Pinned SSH host key."),
  debian: debian.describe("Debian release inside; decides which keepalived runs there."),
});

/** A resolved host with its priority. */
export const resolvedMemberSchema = z
  .strictObject({
    ...resolvedHostSchema.shape,
    priority: priority.describe("VRRP priority, 1 to 254; the highest owns the address."),
    interface: interfaceName
      .optional()
      .describe("Its interface that carries the address. Default: `interface` of the component."),
  })
  .describe("A host that shares the address.");
export type ResolvedHost = z.output<typeof resolvedHostSchema>;
export type ResolvedMember = z.output<typeof resolvedMemberSchema>;
