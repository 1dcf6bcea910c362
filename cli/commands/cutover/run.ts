import {
  emptyJournal,
  entered,
  lastPhase,
  nextPhase,
  type PhaseState,
  remainingWait,
} from "../../../model/cutover/journal";
import {
  type Check,
  type CutoverPhase,
  type StackPhase,
  stackPhases,
  type Way,
} from "../../../model/cutover/types";
import { Failure } from "../../lib/usage";
import type { CutoverContext } from "./context";
import type { ProbeOptions } from "./https-probes";
import { writeJournal } from "./journal";
import { type Checked, makeChecks } from "./probes";

/** How one step of a cutover is made. */
export interface StepOptions extends ProbeOptions {
  /** Brings the stack to a phase: sets it in the stack file and runs an update. */
  update: (phase: StackPhase) => Promise<void>;
  /** Whether updates are run; without, they are told. */
  yes: boolean;
  /** Seconds that a wait may take inside the command; longer ones are left to the person. */
  maxWaitSec: number;
  /** Whether somebody asked the command to end. */
  stopped: () => boolean;
  progress: (line: string) => void;
}

/** What came of one step. */
export type StepResult = { phase: string; checked: Checked[] } & (
  | { kind: "done"; more: boolean }
  /** Something is left to a person; then the same command again. */
  | { kind: "told"; steps: readonly string[] }
  /** Time has to pass first. */
  | { kind: "wait"; sec: number; why: string }
  | { kind: "failed" }
  | { kind: "finished" }
);

interface Direction {
  begun: PhaseState;
  ended: "done" | "undone";
}

const forward: Direction = { begun: "doing", ended: "done" };
const backward: Direction = { begun: "undoing", ended: "undone" };

/** How often the checks after an update are made, a second apart, before they count as failed. */
const SETTLE = 30;

/** Does the next phase, or goes on with the one that was begun; every part may be done twice. */
export async function goForward(
  cutover: CutoverContext,
  options: StepOptions,
): Promise<StepResult> {
  const phase = nextPhase(cutover.phases, cutover.journal);
  if (!phase) return { kind: "finished", phase: "", checked: [] };
  return go(cutover, phase, phase.forward, forward, options);
}

/** Takes the last phase back, or goes on with that. */
export async function goBack(cutover: CutoverContext, options: StepOptions): Promise<StepResult> {
  const phase = lastPhase(cutover.phases, cutover.journal);
  if (!phase) return { kind: "finished", phase: "", checked: [] };
  return go(cutover, phase, phase.back, backward, options);
}

async function go(
  cutover: CutoverContext,
  phase: CutoverPhase,
  way: Way,
  direction: Direction,
  options: StepOptions,
): Promise<StepResult> {
  const { id } = phase;
  const begun = cutover.journal.phases[id]?.state === direction.begun;
  const wait = remainingWait(way, cutover.journal, direction.ended, new Date());
  if (wait) {
    if (wait.sec > options.maxWaitSec) return { kind: "wait", phase: id, checked: [], ...wait };
    options.progress(`${id}: waiting ${Math.ceil(wait.sec)} s: ${wait.why}`);
    const left = await waited(wait.sec, options.stopped);
    if (left > 0) return { kind: "wait", phase: id, checked: [], sec: left, why: wait.why };
  }
  // What was begun is ended: half of it may already have changed what is looked at here.
  const before = begun ? [] : await makeChecks(way.preflight, options);
  if (!allGood(before)) {
    return { kind: "failed", phase: id, checked: before };
  }
  const step = { id, way, direction, begun };
  const after = way.stackPhase
    ? await byStack(cutover, step, way.stackPhase, options)
    : await byHand(cutover, step, options);
  const checked = [...before, ...after.checked];
  if (after.kind !== "done") return { ...after, phase: id, checked };
  record(cutover, id, direction.ended);
  const { phases, journal } = cutover;
  const more = direction === forward ? nextPhase(phases, journal) : lastPhase(phases, journal);
  return { kind: "done", phase: id, checked, more: more !== undefined };
}

/** Waits, unless it is stopped; gives the seconds that are left. */
async function waited(sec: number, stopped: () => boolean): Promise<number> {
  const end = Date.now() + sec * 1000;
  while (Date.now() < end && !stopped()) {
    await new Promise((resolve) => setTimeout(resolve, Math.min(200, end - Date.now())));
  }
  return Math.max(0, (end - Date.now()) / 1000);
}

const allGood = (checked: readonly Checked[]) => checked.every(({ outcome }) => outcome !== "fail");

/** One phase in one direction. */
interface Step {
  id: string;
  way: Way;
  direction: Direction;
  /** Whether an earlier call began it and did not end it. */
  begun: boolean;
}

type Part =
  | { kind: "done"; checked: Checked[] }
  | { kind: "failed"; checked: Checked[] }
  | { kind: "told"; steps: readonly string[]; checked: Checked[] };

async function byStack(
  cutover: CutoverContext,
  step: Step,
  wanted: StackPhase,
  options: StepOptions,
): Promise<Part> {
  const { id, way, direction } = step;
  const { stackPhase } = cutover.facts;
  const rank = (phase: StackPhase) => stackPhases.indexOf(phase);
  // A stack that is further already is not pulled back on the way forward, and the reverse.
  const past =
    direction === forward ? rank(stackPhase) > rank(wanted) : rank(stackPhase) < rank(wanted);
  const target = past ? stackPhase : wanted;
  if (!options.yes) return tellUpdate(cutover, step, target, options);
  record(cutover, id, direction.begun);
  options.progress(`${id}: updating the stack to phase "${target}"`);
  await options.update(target);
  for (let left = SETTLE; ; left--) {
    const checked = await makeChecks(way.checks, options);
    if (allGood(checked)) return { kind: "done", checked };
    if (left === 0) return { kind: "failed", checked };
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
}

/** An update that a person runs; they confirm what no check can see. */
async function tellUpdate(
  cutover: CutoverContext,
  { id, way, direction, begun }: Step,
  target: StackPhase,
  options: StepOptions,
): Promise<Part> {
  const { facts } = cutover;
  const updated: Check = { kind: "word", what: `the update to phase "${target}" was run` };
  const checked =
    begun && target === facts.stackPhase
      ? await makeChecks(way.checks.length > 0 ? way.checks : [updated], options)
      : [];
  if (checked.length > 0 && allGood(checked)) return { kind: "done", checked };
  if (!begun) record(cutover, id, direction.begun);
  const steps = [
    `add --yes to set homelab:cutovers.${facts.name}.phase to ${target} and run the update; or do both yourself, then the same command again`,
  ];
  return { kind: "told", steps, checked };
}

async function byHand(
  cutover: CutoverContext,
  { id, way, direction, begun }: Step,
  options: StepOptions,
): Promise<Part> {
  // Nobody can confirm what they were not asked to do yet.
  const confirm = begun && options.confirm === true;
  const checked = await makeChecks(way.checks, { ...options, confirm });
  if (allGood(checked)) return { kind: "done", checked };
  if (way.steps.length === 0) return { kind: "failed", checked };
  if (!begun) record(cutover, id, direction.begun);
  return { kind: "told", steps: way.steps, checked: begun ? checked : [] };
}

function record(cutover: CutoverContext, id: string, state: PhaseState): void {
  const { journal, facts, phases, journalFile } = cutover;
  cutover.journal =
    state === "undone" && id === phases[0]?.id
      ? emptyJournal(facts.name)
      : entered(journal, id, state, new Date());
  writeJournal(journalFile, cutover.journal);
}

/** Checks of where a cutover is now: what was done last still holds, and the next may begin. */
export function presentChecks({ phases, journal }: CutoverContext) {
  const next = nextPhase(phases, journal);
  const last = phases.findLast(({ id }) => journal.phases[id]?.state === "done");
  const own = next && !last ? next.forward.checks : [];
  return [...(last?.forward.checks ?? []), ...(next?.forward.preflight ?? []), ...own].filter(
    ({ kind }) => kind !== "word",
  );
}

/** The checks of one phase. */
export function checksOf({ phases }: CutoverContext, id: string) {
  const phase = phases.find((one) => one.id === id);
  if (!phase) {
    throw new Failure(
      `there is no phase "${id}"; the plan has ${phases.map((one) => one.id).join(", ")}`,
    );
  }
  return [...phase.forward.preflight, ...phase.forward.checks];
}
