import { parseStack } from "../config/parse";
import { program } from "../program";
import { runWithMocks } from "../sim/mocks";
import type { RegisteredResource } from "../sim/registered";
import { worldFromStack } from "../sim/seed";

/** A password for the statistics page that no rule refuses. */
const statsPassword = "bench-3f9c1d7a52e8";

/** Runs a program, the whole one by default, on the mock monitor over a stack's data. */
export function runProgram(
  data: Record<string, unknown>,
  run: () => Promise<Record<string, unknown>> = () => wholeProgram(data),
): Promise<RegisteredResource[]> {
  const parsed = parseStack(data);
  if (!parsed.stack) throw new Error(JSON.stringify(parsed.problems));
  return runWithMocks(run, {
    project: "homelab-ha",
    stack: "bench",
    config: Object.fromEntries(
      Object.entries(data).map(([section, value]) => [`homelab:${section}`, JSON.stringify(value)]),
    ),
    world: worldFromStack(parsed.stack),
  });
}

function wholeProgram(data: Record<string, unknown>) {
  const balancers = Object.keys((data.apiLoadBalancers as object | undefined) ?? {});
  return program({
    statsPasswords: Object.fromEntries(balancers.map((name) => [name, `${statsPassword}-${name}`])),
  });
}
