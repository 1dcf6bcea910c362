import { isFaulty, type Standing } from "../../../model/vrrp/standing";
import { PreconditionError } from "../../lib/usage";

/** What people want of a switch. */
export interface Wish {
  /** Member that shall have the address. @default the healthy one that is preferred next */
  to?: string;
  /** Undrain every member, so that the preferred one takes over. */
  back?: boolean;
}

/** What a switch does, in order. */
export interface SwitchPlan {
  from: string;
  to: string;
  /** Members to undrain. */
  back: string[];
  /** Members to drain; the master last. */
  drained: string[];
}

/**
 * Works a switch out, or refuses it.
 *
 * @throws PreconditionError which says why nothing can be or need be changed
 */
export function planSwitch(members: readonly Standing[], wish: Wish): SwitchPlan {
  const master = onlyMaster(members);
  const old = members.filter(({ drained }) => drained === undefined);
  if (old.length > 0) {
    refuse(
      `keepalived of ${names(old)} was deployed before members could be drained; run \`pulumi up\` first`,
    );
  }
  const back = members.filter(({ drained }) => drained);
  if (wish.back) {
    if (back.length === 0) refuse(`no member is drained; ${master.name} has the address`);
    for (const member of back) refuseUnhealthy(member);
    const to = preferred(members.filter((one) => problemOf(one) === undefined)) ?? master;
    return { from: master.name, to: to.name, back: back.map(({ name }) => name), drained: [] };
  }
  const to = wish.to === undefined ? nextBest(members, master) : named(members, wish.to);
  if (to === master) refuse(`${master.name} already has the address`);
  refuseUnhealthy(to);
  const ahead = members.filter((one) => one !== to && !one.drained && one.priority > to.priority);
  const drained = [
    ...ahead.filter((one) => one !== master),
    ...ahead.filter((one) => one === master),
  ];
  return {
    from: master.name,
    to: to.name,
    back: to.drained ? [to.name] : [],
    drained: drained.map(({ name }) => name),
  };
}

function onlyMaster(members: readonly Standing[]): Standing {
  const [master, ...others] = members.filter((member) => member.master);
  if (master === undefined) return refuse("no member has the address; check keepalived first");
  if (others.length === 0) return master;
  return refuse(
    `${names([master, ...others])} have the address at the same time, so they do not see each other's adverts; check the network first`,
  );
}

function nextBest(members: readonly Standing[], master: Standing): Standing {
  const others = members.filter((one) => one !== master);
  const fit = others.filter((one) => problemOf(one) === undefined);
  const best = preferred(fit.filter(({ drained }) => !drained));
  if (best) return best;
  // A command that is given twice must not bring the address back to a host that is worked on.
  if (fit.length > 0) {
    refuse(
      `${master.name} has the address, and ${names(fit)} is drained; use --back or --to ${fit[0]?.name} to return it`,
    );
  }
  const reasons = others.map((one) => `${one.name}: ${problemOf(one)}`).join("; ");
  return refuse(`no other member is healthy (${reasons})`);
}

const preferred = (members: readonly Standing[]) =>
  [...members].sort((a, b) => b.priority - a.priority)[0];

const names = (members: readonly Standing[]) => members.map(({ name }) => name).join(" and ");

function named(members: readonly Standing[], name: string): Standing {
  const found = members.find((one) => one.name === name);
  if (!found) throw new Error(`${name} was not checked before the switch was planned`);
  return found;
}

/** Why a member would not take or keep the address. */
function problemOf({ unhealthy, state }: Standing): string | undefined {
  return unhealthy ?? (isFaulty(state) ? `keepalived says ${state}` : undefined);
}

function refuseUnhealthy(member: Standing): void {
  const why = problemOf(member);
  if (why !== undefined) refuse(`${member.name} is not healthy: ${why}`);
}

function refuse(reason: string): never {
  throw new PreconditionError(`${reason}; nothing was changed`);
}
