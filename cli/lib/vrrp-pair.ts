import { serviceTrees } from "../../components/service-pair/copies";
import { copiedTrees } from "../../components/traefik-ha-pair/copied-trees";
import type { ResolvedStack } from "../../config/resolve";
import type { ResolvedMember } from "../../config/sections/vrrp";
import {
  findAddress,
  type Placed,
  type VrrpSection,
  vrrpAddresses,
} from "../../config/virtual-addresses";
import { addressOf } from "../../model/text";
import type { VrrpSettings } from "../../model/vrrp/vrrp";
import {
  drainOf as memberDrain,
  type Service,
  standingProbe,
} from "../../templates/host/member-health";
import { haproxyService, serviceOf, traefikService } from "../../templates/host/services";
import { standingScript } from "../../templates/keepalived/drain";
import type { CopiedTree } from "../../templates/replication/lsyncd";
import { UsageError } from "./usage";

/** A pair whose virtual address keepalived moves, with what is behind it. */
export interface Pair {
  name: string;
  /** Section and name: `traefikPairs.traefik`. */
  place: string;
  settings: VrrpSettings & { members: ResolvedMember[] };
  service: Service;
  vip: string;
}

/** How the health of the members is asked for, by section. */
const services: { [Key in VrrpSection]: (name: string, settings: Resolved[Key]) => Service } = {
  traefikPairs: traefikService,
  apiLoadBalancers: (_name, balancer) => haproxyService(balancer),
  servicePairs: serviceOf,
};

/** What the first member copies to the others, by section. */
const trees: { [Key in VrrpSection]: (settings: Resolved[Key]) => CopiedTree[] } = {
  traefikPairs: copiedTrees,
  apiLoadBalancers: () => [],
  servicePairs: serviceTrees,
};

/** The directories that the first member of a pair copies to the others; none where it copies nothing. */
export const treesOf = ({ section, settings }: Placed<Resolved[VrrpSection]>): CopiedTree[] =>
  (trees[section] as (settings: object) => CopiedTree[])(settings);

/** Settings of a pair, by section. */
export type Resolved = { [Key in VrrpSection]: ResolvedStack[Key][string] };

/** The pair of a virtual address. */
export function pairOf({ section, name, place, settings }: Placed<Resolved[VrrpSection]>): Pair {
  const serviceOf = services[section] as (name: string, settings: object) => Service;
  const vip = addressOf(settings.vip);
  return { name, place, settings, service: serviceOf(name, settings), vip };
}

/**
 * The pair that somebody named.
 *
 * @throws UsageError where there is not exactly one
 */
export function pairNamed(resolved: ResolvedStack, named: string): Pair {
  const found = findAddress(vrrpAddresses<Resolved[VrrpSection]>(resolved), named);
  if ("problem" in found) throw new UsageError(found.problem);
  return pairOf(found);
}

/** What it takes to relieve a member of the address. */
export const drainOf = ({ name, settings }: Pair, member: string) =>
  memberDrain(name, { name: member }, settings);

/** Asks a member how it stands. */
export const standingQuestion = (pair: Pair, member: ResolvedMember) =>
  standingScript(
    drainOf(pair, member.name),
    pair.name,
    standingProbe(member, pair.settings, pair.service),
  );
