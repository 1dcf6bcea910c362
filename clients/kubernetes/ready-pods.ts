import { z } from "zod";
import { type Budget, budgets } from "../deadline";
import { runProgram } from "../programs";

const podsAnswer = z.looseObject({
  items: z.array(
    z.looseObject({
      status: z.looseObject({
        conditions: z.array(z.looseObject({ type: z.string(), status: z.string() })).optional(),
      }),
    }),
  ),
});

/** Which pods are meant. */
export interface PodQuestion {
  namespace: string;
  /** As kubectl takes it: `app=x,tier=y`. */
  selector: string;
  /** Context in the kubeconfig. @default the one that kubectl uses */
  context?: string;
}

/**
 * How many pods are ready, as their own probes say, asked with kubectl.
 *
 * @throws Error that says in one line why that is not known
 */
export async function readyPods(
  { namespace, selector, context }: PodQuestion,
  env: NodeJS.ProcessEnv,
  budget: Budget = budgets.question,
): Promise<number> {
  const args = [
    ...(context === undefined ? [] : ["--context", context]),
    ...["get", "pods", "--namespace", namespace, "--selector", selector],
  ];
  const timeout = `--request-timeout=${Math.max(1, Math.floor(budget.totalMs / 1000) - 1)}s`;
  const run = await runProgram("kubectl", [...args, "--output", "json", timeout], {
    env,
    budget,
  }).catch((error: NodeJS.ErrnoException) => {
    throw error.code === "ENOENT" ? new Error("found no kubectl on PATH") : error;
  });
  if (run.code !== 0) throw new Error(lastLine(run.stderr) || `kubectl: exit code ${run.code}`);
  let found: z.output<typeof podsAnswer>;
  try {
    found = podsAnswer.parse(JSON.parse(run.stdout));
  } catch {
    throw new Error("the answer of kubectl is not a list of pods");
  }
  return found.items.filter(({ status }) =>
    status.conditions?.some(({ type, status: is }) => type === "Ready" && is === "True"),
  ).length;
}

const lastLine = (text: string) => text.trim().split("\n").at(-1) ?? "";
