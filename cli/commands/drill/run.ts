import type { SteadyPlan } from "../../../clients/steady/steady-client";
import { sectionsOf, type VrrpSection, vrrpAddresses } from "../../../config/virtual-addresses";
import { type Fault, type FaultName, faultsOf } from "../../../model/drill/faults";
import { type DrillRecord, type FaultResult, went } from "../../../model/drill/record";
import type { StatusItem } from "../../../model/status/types";
import { listed } from "../../../model/text";
import { mainUnit, unitsOf, watched } from "../../../templates/host/member-health";
import { AGREE_SEC, drainCommands } from "../../../templates/keepalived/drain";
import { folderFor } from "../../lib/files";
import { ledger } from "../../lib/ledger";
import { type Access, type OpenedStack, openStackFile } from "../../lib/members";
import type { Stop } from "../../lib/process";
import { chooseStack } from "../../lib/stack-files";
import { PreconditionError, UsageError } from "../../lib/usage";
import { drainOf, type Pair, pairNamed, pairOf, type Resolved } from "../../lib/vrrp-pair";
import { statusOf } from "../status/run";
import { disturbance, membersOf, type Told } from "./members";
import { planOf, urlOf } from "./question";
import { drillDir, type Kept, keepRecord } from "./records";
import { carryOut, stepText } from "./step";

/** What is to be drilled. */
export interface DrillOptions extends Access {
  /** Name of the address, or its section and name. @default the only one of the stack */
  pair?: string;
  /** Faults, made one after the other. @default all */
  faults?: readonly FaultName[];
  /** What the client asks. @default HTTPS at the virtual address, or a service pair's own check */
  url?: string;
  env: Readonly<Record<string, string | undefined>>;
  /** Whether somebody agrees to a plan. */
  confirm(plan: string, pair: Pair): Promise<boolean>;
  progress(line: string): void;
}

/** What became of it. */
export interface Drilled extends Kept {
  record: DrillRecord;
}

/** What the status says of the addresses themselves, without which nobody knows what a fault does. */
function isAboutAddress(subject: string): boolean {
  return (
    subject.startsWith("virtual") ||
    sectionsOf("vrrp").some(({ name }) => subject.startsWith(`${name}.`))
  );
}

/**
 * The failover test: one fault after the other on the member that has the address, each measured by a
 * client and taken back, until all are made or something is not as expected.
 *
 * @returns undefined when nobody agreed to it
 * @throws PreconditionError where something is degraded already
 */
export async function drill(options: DrillOptions, stop: Stop): Promise<Drilled | undefined> {
  const stack = openStackFile(options);
  const pair = chosenPair(stack, options.pair);
  const plan = planOf(pair, options.url);
  if (!pair.settings.preempt) {
    throw new PreconditionError(
      `homelab:${pair.place} has preempt: false, so the address would not return by itself after a fault; nothing was changed`,
    );
  }
  options.progress("reading the status: nothing may be degraded");
  const { items } = await statusOf({ ...options, progress: () => {} });
  refuseDegraded(items);
  const { path } = chooseStack(options);
  // A drill whose figures nobody keeps is not begun.
  folderFor(drillDir(path), "the records of drills");
  const members = membersOf(pair, await stack.ssh());
  try {
    const master = soundMaster(pair, await members.told(disturbance()));
    const all = faultsOf({
      name: pair.name,
      settings: pair.settings,
      daemon: mainUnit(pair.service),
      blindToHang: pair.service.probe.kind === "tcp",
      units: unitsOn(pair, master),
      master,
      drain: { ...drainCommands(drainOf(pair, master)), agreeSec: AGREE_SEC },
    });
    const faults = all.filter(({ name }) => options.faults?.includes(name) ?? true);
    if (faults.length === 0) {
      const possible = listed(all.map(({ name }) => name));
      throw new UsageError(
        `none of these faults can be made on ${pair.place}, only ${possible}: a service without a unit is nobody's to stop, and a check that only connects does not notice a hang`,
      );
    }
    const said = planText(stack, pair, { faults, plan }, items);
    if (!(await options.confirm(said, pair)) || stop.asked()) return undefined;
    ledger.plan(...faults.map((fault) => stepText(fault, master)));
    const record = await stop.patiently(
      () => made(faults, { stack, pair, master, plan, members, stop, say: options.progress }),
      "stopping: the fault is taken back first; a second Ctrl-C leaves that to the member itself",
    );
    return { record, ...keepRecord(path, record) };
  } finally {
    members.end();
  }
}

interface Making {
  stack: OpenedStack;
  pair: Pair;
  master: string;
  plan: SteadyPlan;
  members: ReturnType<typeof membersOf>;
  stop: Stop;
  say(line: string): void;
}

/** Makes the faults, each only when the one before went as expected and is taken back. */
async function made(faults: readonly Fault[], making: Making): Promise<DrillRecord> {
  const { stack, pair, plan, stop } = making;
  const startedAt = new Date().toISOString();
  const results: FaultResult[] = [];
  for (const fault of faults) {
    const last = results.at(-1);
    if (stop.asked() || (last && (last.surprise !== undefined || last.left.length > 0))) break;
    results.push(await carryOut(fault, { ...making, vip: pair.vip, asked: stop.asked }));
  }
  return {
    version: 1,
    stack: stack.name,
    pair: pair.place,
    startedAt,
    endedAt: new Date().toISOString(),
    url: urlOf(plan),
    faults: results,
    notMade: faults.slice(results.length).map(({ name }) => name),
  };
}

/** Whether a drill ends with exit code 0. */
export const isGood = ({ record, unwritten }: Drilled) => unwritten === undefined && went(record);

function chosenPair({ resolved }: OpenedStack, named: string | undefined): Pair {
  const all = vrrpAddresses<Resolved[VrrpSection]>(resolved);
  const [only, second] = all;
  if (named === undefined && only && !second) return pairOf(only);
  if (named === undefined) {
    const known = listed(all.map(({ place }) => place));
    throw new UsageError(
      `name the pair with --pair: ${all.length === 0 ? "there is none" : known}`,
    );
  }
  return pairNamed(resolved, named);
}

function unitsOn(pair: Pair, master: string): string[] {
  const member = pair.settings.members.find(({ name }) => name === master);
  return member ? unitsOf(pair.service, watched(member, pair.settings)) : [];
}

/** Nothing may be degraded: a second fault beside one that is there already is an outage. */
function refuseDegraded(items: readonly StatusItem[]): void {
  const bad = items.filter(
    ({ level, subject }) =>
      level === "problem" || (level === "warning" && subject === "guest backups"),
  );
  const blind = items.filter(
    ({ level, subject }) => level === "unknown" && isAboutAddress(subject),
  );
  const stands = [...bad, ...blind].map(({ subject, text }) => `${subject}: ${text}`);
  if (stands.length === 0) return;
  throw new PreconditionError(
    `a drill begins only when nothing is degraded; nothing was changed\n${stands.join("\n")}`,
  );
}

/** The member that gets the faults: it has the address, alone, and all others are ready for it. */
function soundMaster({ vip, settings }: Pair, told: readonly Told[]): string {
  const refuse = (why: string): never => {
    throw new PreconditionError(`${why}; nothing was changed`);
  };
  for (const { name, silent, unhealthy, drained } of told) {
    if (silent !== undefined) refuse(`${name} cannot be asked: ${silent}`);
    if (unhealthy !== undefined) refuse(`${name} is not healthy: ${unhealthy}`);
    if (drained === true) refuse(`${name} is drained`);
    if (drained === undefined) {
      refuse(
        `keepalived of ${name} was deployed before members could be drained; run \`pulumi up\``,
      );
    }
  }
  const owners = told.filter(({ master }) => master).map(({ name }) => name);
  const preferred = [...settings.members].sort((a, b) => b.priority - a.priority)[0]?.name;
  if (preferred === undefined || owners.join() !== preferred) {
    return refuse(`${vip} is on ${owners.join(" and ") || "no member"}, expected ${preferred}`);
  }
  return preferred;
}

function planText(
  { name }: OpenedStack,
  { place, vip, settings }: Pair,
  { faults, plan }: { faults: readonly Fault[]; plan: SteadyPlan },
  items: readonly StatusItem[],
): string {
  const unknown = items.filter(({ level }) => level === "unknown");
  return [
    `drill of ${name}, ${place} (${vip}, ${listed(settings.members.map((one) => one.name))}):`,
    ...faults.map(
      ({ title, outageSec }) =>
        `  ${title}: no answer for at most ${outageSec.toFixed(2)} s, by the model`,
    ),
    "one after the other, each taken back before the next one",
    `a client asks ${urlOf(plan)} every ${plan.everyMs} ms`,
    ...unknown.map(({ subject, text }) => `not known before the drill: ${subject}: ${text}`),
    `alerts will fire; to silence them: amtool silence add --author=drill --comment='planned drill' --duration=30m stack=${name}`,
  ].join("\n");
}
