import type { ResolvedMember } from "../../../config/sections/vrrp";
import { type Placed, vrrpAddresses } from "../../../config/virtual-addresses";
import type { AddressReading } from "../../../model/status/address-reading";
import {
  type AskedFacts,
  type MemberReading,
  readMember,
  silentMember,
} from "../../../model/status/member-reading";
import { mainUnit } from "../../../templates/host/member-health";
import { MEMBER_METRICS_UNIT } from "../../../templates/host/member-metrics";
import { statusScript } from "../../../templates/host/status";
import { COPIED_STATE } from "../../../templates/replication/after-copy";
import { CHECKSUM_FILE } from "../../../templates/traefik/config-watcher";
import { type OpenedStack, reasonOf } from "../../lib/members";
import { type Pair, pairOf, type Resolved, standingQuestion, treesOf } from "../../lib/vrrp-pair";

/** A pair, and what each of its members is asked. */
export interface PlacedPair {
  pair: Pair;
  question: (member: ResolvedMember, index: number) => string;
  /** What that asks for beside how the member stands. */
  facts: (index: number) => AskedFacts;
}

/** How members and addresses are reached. */
export interface Asking {
  /** Runs a question on a member and hands back what it prints; throws when it cannot be asked. */
  member(member: ResolvedMember, question: string): Promise<string>;
  /** Why an address takes no connection from here; undefined when it does. */
  unreachable(host: string, port: number): Promise<string | undefined>;
}

/** Every pair of a stack. */
export function pairsOf({ resolved }: Pick<OpenedStack, "resolved">): PlacedPair[] {
  return vrrpAddresses<Resolved[keyof Resolved]>(resolved).map((placed) => {
    const pair = pairOf(placed);
    const main = mainUnit(pair.service);
    const starts = [...(main === undefined ? [] : [main]), "keepalived"];
    const facts = (index: number) => ({ ...factsOf(placed, index), starts });
    const question = (member: ResolvedMember, index: number) =>
      questionFor(placed, pair, member, facts(index));
    return { pair, facts, question };
  });
}

function factsOf(placed: Placed<Resolved[keyof Resolved]>, index: number): AskedFacts {
  const { section, settings } = placed;
  const source = index === 0 && treesOf(placed).length > 0;
  const { certificates } = settings as Partial<Resolved["traefikPairs"]>;
  return {
    units: [
      ...(source ? ["lsyncd.service"] : []),
      ...(settings.monitoring ? [MEMBER_METRICS_UNIT] : []),
    ],
    configuration: section === "traefikPairs",
    servers: section === "apiLoadBalancers",
    ...(certificates && { certificates: certificates.directory }),
  };
}

function questionFor(
  { section, settings }: Placed<Resolved[keyof Resolved]>,
  pair: Pair,
  member: ResolvedMember,
  { units, starts = [], certificates }: AskedFacts,
): string {
  const common = {
    interface: member.interface ?? pair.settings.interface,
    vip: pair.vip,
    instance: pair.name,
    units,
    starts,
  };
  const standing = standingQuestion(pair, member);
  if (section === "apiLoadBalancers") {
    const { stats } = settings as Resolved["apiLoadBalancers"];
    const haproxy = { conf: "/etc/haproxy/haproxy.cfg", port: stats.port };
    return statusScript(standing, { ...common, haproxy });
  }
  if (section === "servicePairs") {
    const { replicate, members } = settings as Resolved["servicePairs"];
    const target = replicate !== undefined && member.name !== members[0]?.name;
    return statusScript(standing, { ...common, ...(target && { copied: COPIED_STATE }) });
  }
  return statusScript(standing, {
    ...common,
    checksumFile: CHECKSUM_FILE,
    ...(certificates !== undefined && { certificates }),
  });
}

/** Asks every member at once, and the address itself from here. */
export async function readAddress(
  { pair, question, facts }: PlacedPair,
  asking: Asking,
): Promise<AddressReading> {
  const { members, preempt } = pair.settings;
  const ask = async (member: ResolvedMember, index: number): Promise<MemberReading> => {
    const { name, priority } = member;
    const begin = Date.now();
    try {
      const printed = await asking.member(member, question(member, index));
      const middle = Math.round((begin + Date.now()) / 2000);
      return readMember({ name, priority, facts: facts(index) }, printed, middle);
    } catch (error) {
      return silentMember({ name, priority }, reasonOf(error as Error));
    }
  };
  const { port } = pair.service;
  const [read, unreachable] = await Promise.all([
    Promise.all(members.map(ask)),
    asking.unreachable(pair.vip, port),
  ]);
  return {
    place: pair.place,
    vip: pair.vip,
    preempt,
    members: read,
    ...(unreachable !== undefined && { unreachable: `port ${port}: ${unreachable}` }),
    takenAt: Math.floor(Date.now() / 1000),
  };
}
