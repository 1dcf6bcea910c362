import type { PulumiCommand } from "@pulumi/pulumi/automation/index.js";
import { foreign } from "../../model/foreign-text";
import { budgets, OverrunError } from "../deadline";
import { watched } from "../watch";

interface Finished {
  stdout: string;
  stderr: string;
  code: number;
}

type Heard = ((text: string) => void) | undefined;

/** The method that the SDK leaves out of its types. */
interface Runs {
  run(
    args: string[],
    cwd: string,
    env: Record<string, string>,
    onOutput?: Heard,
    onError?: Heard,
    signal?: AbortSignal,
  ): Promise<Finished>;
}

/** A Pulumi CLI that was asked something and did not answer in time, or not as it should; in one line. */
export class OddEngine extends Error {}

/** Questions to a state backend; whatever else a CLI does may take as long as it takes. */
const isQuestion = ([first = "", second = ""]: readonly string[]) =>
  first === "whoami" || (first === "stack" && /^(select|ls|history|output)$/.test(second));

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/**
 * A CLI whose questions to the state backend have a deadline: the SDK has none, so a backend that takes
 * connections and says nothing would be waited for without end.
 *
 * @throws OddEngine from the methods of the stack that ask
 */
export function bounded(command: PulumiCommand): PulumiCommand {
  const asked = command as unknown as Runs;
  const run: Runs["run"] = async (...given) => {
    const [args, cwd, env, onOutput, onError, signal] = given;
    if (!isQuestion(args)) return asked.run(...given);
    const what = `pulumi ${args
      .filter((one) => !one.startsWith("-"))
      .slice(0, 2)
      .join(" ")}`;
    const end = new AbortController();
    try {
      const finished = await watched(
        budgets.backend,
        (guard) => {
          guard.connected();
          const heard = (tell: Heard) => (text: string) => {
            guard.heard(text.length);
            tell?.(text);
          };
          return asked.run(args, cwd, env, heard(onOutput), heard(onError), end.signal);
        },
        () => end.abort(),
        signal,
      );
      if (args.includes("--json") && !isJson(finished.stdout)) {
        throw new OddEngine(
          `${what}: found no JSON in its answer (${foreign(finished.stdout, 80)}); see what it prints by hand`,
        );
      }
      return finished;
    } catch (error) {
      if (!(error instanceof OverrunError)) throw error;
      throw new OddEngine(`${what}: ${error.message}; see whether its state backend answers`);
    }
  };
  return Object.create(command, { run: { value: run } }) as PulumiCommand;
}
