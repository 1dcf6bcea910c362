import { type Random, seeded } from "../../../lab/endurance/random";
import type { Call, Fault, Method } from "../../../sim/faults";
import { errorsOf } from "./errors";

/** What an `up` of a round does: the first one of the house, or one after its file was edited. */
export type SceneName = "first" | "edited";

/** How an `up` is killed. */
export interface Kill {
  /** Where it is when it happens: the fault strikes, and the killer waits for that. */
  fault: Fault;
  signal: "SIGKILL" | "SIGINT" | "SIGTERM";
  /** Whom: all of it, as a power cut or Ctrl-C does; the engine; or the program that it runs. */
  target: "group" | "engine" | "program";
}

/** One `up` that does not end well: it meets errors, or it is killed, or both. */
export interface Attempt {
  errors: Fault[];
  kill?: Kill;
}

/** Everything that happens before the `up` that has to converge. */
export interface Round {
  seed: number;
  scene: SceneName;
  attempts: Attempt[];
  /** What the first `homelab recover` meets. @default nothing */
  recovery?: Fault;
}

/** Of ten points, how many are where something is changed. */
const CHANGES_OF_TEN = 8;
/** How long a call takes at most that is under way when the kill comes, in milliseconds. */
const SLOW_MS = 120;

/**
 * What a seed stands for.
 *
 * @param calls every call of an `up` that nothing disturbs, by scene; their order does not count
 */
export function roundOf(seed: number, calls: Record<SceneName, readonly Call[]>): Round {
  const random = seeded(seed);
  const scene = random.pick<SceneName>(["first", "edited"]);
  const point = () => pointOf(random, calls[scene]);
  const attempts: Attempt[] = [];
  const errors = Math.floor(random.between(0, 3));
  for (let count = 0; count < errors; count += 1) {
    attempts.push({ errors: [errorAt(random, point())] });
  }
  const kills = random.next() < 0.25 ? 2 : 1;
  for (let count = 0; count < kills; count += 1) {
    const first = random.next() < 0.3 ? [errorAt(random, point())] : [];
    attempts.push({ errors: first, kill: killOf(random, point()) });
  }
  if (random.next() >= 0.25) return { seed, scene, attempts };
  const method = random.pick<Method>(["read", "invoke"]);
  const recovery: Fault = {
    kind: "error",
    at: { method },
    message: random.pick(errorsOf({ method, type: "proxmoxve:", name: "" }).before),
  };
  return { seed, scene, attempts, recovery };
}

/** A call at random; the same one whatever their order is. */
function pointOf(random: Random, calls: readonly Call[]): Call {
  const changing = random.next() * 10 < CHANGES_OF_TEN;
  const eligible = calls
    .filter(({ method }) => ["create", "update", "delete"].includes(method) === changing)
    .sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  const [first, ...others] = eligible;
  if (first === undefined) throw new Error("an `up` that calls nobody cannot be disturbed");
  return random.pick([first, ...others]);
}

/** What tells a call from others. */
export const keyOf = ({ method, type, name }: Call) => `${method} ${type} ${name}`;

function errorAt(random: Random, at: Call): Fault {
  const { before, after } = errorsOf(at);
  const [first, ...others] = after;
  return first !== undefined && random.next() < 0.5
    ? { kind: "apply-then-error", at, message: random.pick([first, ...others]) }
    : { kind: "error", at, message: random.pick(before) };
}

function killOf(random: Random, at: Call): Kill {
  const fault: Fault = random.pick([
    { kind: "hang", at },
    { kind: "apply-then-hang", at },
    { kind: "slow", at, ms: Math.floor(random.between(1, SLOW_MS)) },
    errorAt(random, at),
  ]);
  const signal = random.pick<Kill["signal"]>(["SIGKILL", "SIGKILL", "SIGINT", "SIGTERM"]);
  const target = random.pick<Kill["target"]>(["group", "group", "engine", "program"]);
  return { fault, signal, target };
}

/** A round in words, for the one line that is printed of it. */
export function roundText({ seed, scene, attempts, recovery }: Round): string {
  const parts = attempts.map(({ errors, kill }) =>
    [
      ...errors.map(faultText),
      ...(kill ? [`${kill.signal} to the ${kill.target} at ${faultText(kill.fault)}`] : []),
    ].join(", then "),
  );
  const last = recovery ? [`recover: ${faultText(recovery)}`] : [];
  return `seed ${seed}, ${scene} up: ${[...parts, ...last].join("; ")}`;
}

function faultText(fault: Fault): string {
  if (!("at" in fault)) return fault.kind;
  const { method, type = "", name = "" } = fault.at;
  const where = [method, type.split(":").at(-1), name].filter(Boolean).join(" ");
  return `${fault.kind} of ${where}${"message" in fault ? ` (${fault.message.slice(0, 60)})` : ""}`;
}
