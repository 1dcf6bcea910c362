import { UsageError } from "../../lib/usage";

/** How a member stands before a switch. */
export interface Standing {
  name: string;
  priority: number;
  /** Whether it has the virtual address. */
  owner: boolean;
  /** Whether it stepped aside. @default its keepalived knows nothing of stepping aside */
  aside?: boolean;
  /** What keepalived told last, e.g. `BACKUP`. @default it told nothing yet */
  state?: string;
  /** Why it is not fit to have the address. @default it is */
  sick?: string;
}

/** Reads what `standingScript` prints. */
export function readStanding(name: string, priority: number, printed: string): Standing {
  const lines = printed.split("\n");
  const after = (word: string) =>
    lines.find((line) => line.startsWith(`${word} `))?.slice(word.length + 1);
  const [aside, state, sick] = [after("aside"), after("state"), after("sick")];
  return {
    name,
    priority,
    owner: lines.includes("owner"),
    ...(aside !== undefined && { aside: aside !== "0" }),
    ...(state !== undefined && { state }),
    ...(sick !== undefined && { sick }),
  };
}

/** What people want of a switch. */
export interface Wish {
  /** Member that shall have the address. @default the healthy one that is preferred next */
  to?: string;
  /** Everybody steps back, and the preferred member takes over. */
  back?: boolean;
}

/** What a switch does, in order. */
export interface SwitchPlan {
  from: string;
  to: string;
  /** Members that step back. */
  back: string[];
  /** Members that step aside; the owner last. */
  aside: string[];
}

/**
 * Works a switch out, or refuses it.
 *
 * @throws UsageError which says why nothing can be or need be changed
 */
export function planSwitch(members: readonly Standing[], wish: Wish): SwitchPlan {
  const owner = onlyOwner(members);
  const old = members.filter(({ aside }) => aside === undefined);
  if (old.length > 0) {
    refuse(
      `keepalived of ${names(old)} was rolled out before members could step aside; run \`pulumi up\` first`,
    );
  }
  const back = members.filter(({ aside }) => aside);
  if (wish.back) {
    if (back.length === 0) refuse(`no member stepped aside; ${owner.name} has the address`);
    for (const member of back) refuseUnfit(member);
    const to = preferred(members.filter((one) => unfit(one) === undefined)) ?? owner;
    return { from: owner.name, to: to.name, back: back.map(({ name }) => name), aside: [] };
  }
  const to = wish.to === undefined ? nextBest(members, owner) : named(members, wish.to);
  if (to === owner) refuse(`${owner.name} has the address already`);
  refuseUnfit(to);
  const ahead = members.filter((one) => one !== to && !one.aside && one.priority > to.priority);
  const aside = [...ahead.filter((one) => one !== owner), ...ahead.filter((one) => one === owner)];
  return {
    from: owner.name,
    to: to.name,
    back: to.aside ? [to.name] : [],
    aside: aside.map(({ name }) => name),
  };
}

function onlyOwner(members: readonly Standing[]): Standing {
  const [owner, ...others] = members.filter((member) => member.owner);
  if (owner === undefined) return refuse("no member has the address; look at keepalived first");
  if (others.length === 0) return owner;
  return refuse(
    `${names([owner, ...others])} have the address at the same time, so they do not hear each other; look at the network first`,
  );
}

function nextBest(members: readonly Standing[], owner: Standing): Standing {
  const others = members.filter((one) => one !== owner);
  const fit = others.filter((one) => unfit(one) === undefined);
  const best = preferred(fit.filter(({ aside }) => !aside));
  if (best) return best;
  // A command that is given twice must not bring the address back to a host that is worked on.
  if (fit.length > 0) {
    refuse(
      `${owner.name} has the address, and ${names(fit)} stepped aside; --back or --to ${fit[0]?.name} lets it return`,
    );
  }
  const reasons = others.map((one) => `${one.name}: ${unfit(one)}`).join("; ");
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
function unfit({ sick, state }: Standing): string | undefined {
  return sick ?? (state === "FAULT" || state === "STOP" ? `keepalived says ${state}` : undefined);
}

function refuseUnfit(member: Standing): void {
  const why = unfit(member);
  if (why !== undefined) refuse(`${member.name} is not healthy: ${why}`);
}

function refuse(reason: string): never {
  throw new UsageError(`${reason}; nothing was changed`);
}
