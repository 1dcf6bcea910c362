import type { Journal, PhaseState } from "../../../model/cutover/journal";
import type { Check, CutoverFacts, CutoverPhase, Way } from "../../../model/cutover/types";
import { withPort } from "../../../model/network/address";
import { counted, duration } from "../../../model/text";
import { type Paint, toned } from "../../report/paint";
import type { Checked } from "./probes";
import type { StepResult } from "./run";

/** One check in words: what has to be true. */
export function checkText(check: Check): string {
  switch (check.kind) {
    case "dns":
      return `${check.server} answers ${check.addresses.join(" or ")} for ${check.name}`;
    case "ttl": {
      const limits = [
        ...(check.maxSec === undefined ? [] : [`at most ${check.maxSec} s`]),
        ...(check.minSec === undefined ? [] : [`at least ${check.minSec} s`]),
      ];
      return `answers of ${check.server} for ${check.name} may be kept ${limits.join(" and ")}`;
    }
    case "tcp":
      return `${withPort(check.address, check.port)} ${check.open ? "answers" : "does not answer"}`;
    case "https":
    case "http3": {
      const { host, address, port, path } = check;
      const where = address === undefined ? "" : ` at ${address}`;
      const url = `https://${host}${port === 443 ? "" : `:${port}`}${path}`;
      return `${url} is served${where}${check.kind === "http3" ? " over HTTP/3" : ""}`;
    }
    case "clientAddress":
      return `https://${check.host}${check.path} at ${check.address} sees this machine's own address`;
    case "apart":
      return `${check.what} (${check.host}) is at none of ${check.addresses.join(", ")}`;
    case "declared":
      return `homelab:dns."${check.record}" of the stack file leads to ${check.address}`;
    case "word":
      return check.what;
  }
}

const marks = { pass: "ok", fail: "FAIL", skipped: "skip" } as const;
const tones = { pass: "good", fail: "bad", skipped: "warn" } as const;

/** What checks found, as lines. */
export function checkedLines(checked: readonly Checked[], paint: Paint): string[] {
  return checked.map(
    ({ check, outcome, found }) =>
      `  ${toned(paint, tones[outcome], marks[outcome].padEnd(4))} ${checkText(check)}: ${found}`,
  );
}

/** The head of a plan: from where to where, for whom. */
export function cutoverHead(facts: CutoverFacts): string {
  const { name, from, to, variant, consumers } = facts;
  const target = to.what === to.address ? to.address : `${to.address} (${to.what})`;
  return `${name}: ${from} to ${target}, ${variant}, ${counted(consumers.length, "consumer")}`;
}

const states: Record<PhaseState, string> = {
  doing: "begun",
  done: "done",
  undoing: "being taken back",
  undone: "taken back",
};

function wayLines(title: string, way: Way, { stackPhase: now }: CutoverFacts): string[] {
  const lines = [
    ...way.waits.map(({ sec, since, why }) => `wait    ${duration(sec)} since ${since}: ${why}`),
    ...way.preflight.map((check) => `before  ${checkText(check)}`),
    ...(way.stackPhase === undefined
      ? []
      : [
          `update  the stack to phase "${way.stackPhase}"${way.stackPhase === now ? ", where it is" : ""}`,
        ]),
    ...way.steps.map((step) => `by hand ${step}`),
    ...way.checks.map((check) => `check   ${checkText(check)}`),
  ];
  return lines.length === 0 ? [] : [`    ${title}`, ...lines.map((line) => `      ${line}`)];
}

/** All phases, each with what is checked, done and taken back. */
export function planLines(
  facts: CutoverFacts,
  phases: readonly CutoverPhase[],
  journal: Journal,
  paint: Paint,
): string[] {
  return [
    paint.bold(cutoverHead(facts)),
    ...(facts.window === undefined ? [] : [`  service is interrupted; announced: ${facts.window}`]),
    ...phases.flatMap((phase, index) => {
      const state = journal.phases[phase.id]?.state;
      const mark = state === undefined ? "" : `  [${states[state]}]`;
      return [
        "",
        paint.bold(`${index + 1}. ${phase.id}${mark}`),
        `  ${phase.what}`,
        ...wayLines("forward", phase.forward, facts),
        ...wayLines("back", phase.back, facts),
      ];
    }),
  ];
}

/** Where a cutover is, a line per phase. */
export function statusLines(
  facts: CutoverFacts,
  phases: readonly CutoverPhase[],
  { phases: known }: Journal,
  paint: Paint,
): string[] {
  return [
    paint.bold(cutoverHead(facts)),
    ...phases.map(({ id, what }) => {
      const entry = known[id];
      const state = entry ? `${states[entry.state]} since ${entry.at}` : "to do";
      return `  ${id.padEnd(12)} ${state.padEnd(32)} ${what}`;
    }),
  ];
}

/** What came of one step, and what to do next. */
export function stepLines(
  result: StepResult,
  command: "start" | "next" | "back",
  name: string,
  paint: Paint,
): string[] {
  const again = (word: string) => `homelab cutover ${word} --name ${name}`;
  const checked = checkedLines(result.checked, paint);
  switch (result.kind) {
    case "finished":
      return [command === "back" ? "not started" : "everything is done"];
    case "done": {
      const done = command === "back" ? "taken back" : "done";
      const more = result.more
        ? `next: ${again(command === "back" ? "back" : "next")}`
        : command === "back"
          ? "nothing of the cutover is left"
          : "the cutover is finished";
      return [...checked, toned(paint, "good", `${result.phase} is ${done}`), more];
    }
    case "told":
      return [
        ...checked,
        `${result.phase} is yours:`,
        ...result.steps.map((step) => `  - ${step}`),
        `then: ${again(command === "back" ? "back" : "next")}`,
      ];
    case "wait":
      return [
        toned(
          paint,
          "warn",
          `${result.phase} has to wait another ${duration(Math.ceil(result.sec))}: ${result.why}`,
        ),
        `then: ${again(command === "back" ? "back" : "next")}`,
      ];
    case "failed":
      return [
        ...checked,
        toned(paint, "bad", `${result.phase} is not done`),
        `fix what failed, then: ${again(command)}${command === "next" ? `; or go back: ${again("back")}` : ""}`,
      ];
  }
}
