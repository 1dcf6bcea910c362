import type { Command } from "@pulumi/command/remote/command";
import { addressOf } from "../../model/text";
import { drainSec } from "../../model/vrrp/drain";
import { vrrpGroup } from "../../model/vrrp/vrrp";
import { mainUnit, type Service, unitsOf } from "../../templates/host/member-health";
import { MEMBER_METRICS_UNIT } from "../../templates/host/member-metrics";
import { addPeers, leaveScript } from "../../templates/keepalived/membership";
import { commandIn, type Rollout, scopeOf } from "./member-scope";
import type { VrrpFacts, VrrpKind } from "./vrrp-member";

/** Everything that members may come and go with. */
export interface Membership {
  /** Name of the component. */
  name: string;
  facts: VrrpFacts;
  service: Service;
  /** Units that only some members have, e.g. `lsyncd.service`. @default none */
  units?: readonly string[];
}

/**
 * What has to be done before any member is configured, for members may come and go: those that run hear of their
 * new peers, and those that leave are ended while the others still send them adverts. Nobody knows here who was
 * a member before, so also a pair of two whose members stay has the first step, which then does nothing.
 *
 * @returns what the roll-out waits for
 */
export function changeMembers(
  rollout: Rollout<VrrpKind>,
  { name, facts, service, units = [] }: Membership,
): Command[] {
  const { members, leaving = [] } = facts;
  const vip = addressOf(facts.vip);
  const gone = leaving.map(({ address }) => address);
  const told = members.map((member) => {
    const others = members.filter((other) => other !== member).map(({ address }) => address);
    const scope = scopeOf(rollout, member, []);
    const script = addPeers({ member: member.name, vip, others, ended: gone });
    return commandIn(scope, "peers", { script }, []);
  });
  const ended = leaving.map((host) => {
    // Whatever its priority was: those that stay take the address from one that steps aside.
    const group = { ...facts, members: [...members, { ...host, priority: 254 }] };
    const script = leaveScript({
      member: host.name,
      vip,
      handoverSec: drainSec(vrrpGroup(name, group), host.name),
      units: [
        ...unitsOf(service, true).filter(
          (unit) => ![mainUnit(service), "keepalived"].includes(unit),
        ),
        MEMBER_METRICS_UNIT,
        ...units,
      ],
    });
    const scope = scopeOf(rollout, host, []);
    return commandIn(scope, "leave", { script }, told);
  });
  return [...told, ...ended];
}
