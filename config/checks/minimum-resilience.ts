import { judgeMinimum, type MinimumResilience } from "../../model/resilience/minimum";
import { clusterModel } from "../cluster-model";
import type { Problem } from "../file/problem";
import { fromFinding } from "../file/problem";
import type { StackConfig } from "../stack";

/** Services that `homelab:resilience` demands to survive, and that do not. */
export function minimumProblems(stack: StackConfig): Problem[] {
  if (!stack.resilience) return [];
  return judgeMinimum(clusterModel(stack), stack.resilience).map((finding) =>
    fromFinding(["resilience"], finding),
  );
}

/** The same for demands beside the stack file, as sentences. */
export function shortfallsOf(stack: StackConfig, demanded: Partial<MinimumResilience>): string[] {
  const minimum = { mustSurvive: [], mustSurviveStorage: [], ...demanded };
  return judgeMinimum(clusterModel(stack), minimum).map(({ message, fix }) => `${message}; ${fix}`);
}
