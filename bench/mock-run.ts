import { mockConfig } from "../cli/run/mock-config";
import { parseStack } from "../config/parse";
import { program } from "../program";
import { runWithMocks } from "../sim/mocks";
import type { RegisteredResource } from "../sim/registered";
import { worldFromStack } from "../sim/seed";

/** A password for the statistics page that no rule refuses. */
const statsPassword = "bench-3f9c1d7a52e8";

type Run = () => Promise<Record<string, unknown>>;

/** Makes a stack's platforms and its configuration ready; what is returned runs a program on them. */
export function mockRun(data: Record<string, unknown>) {
  const parsed = parseStack(data);
  if (!parsed.stack) throw new Error(JSON.stringify(parsed.problems));
  const options = {
    project: "homelab-ha",
    stack: "bench",
    config: mockConfig(data, []),
    world: worldFromStack(parsed.stack),
  };
  return (run: Run = () => wholeProgram(data)): Promise<RegisteredResource[]> =>
    runWithMocks(run, options);
}

/** Runs the whole program on the mock monitor over a stack's data. */
export function runProgram(data: Record<string, unknown>): Promise<RegisteredResource[]> {
  return mockRun(data)();
}

/** The program of this project on a stack's data. */
export function wholeProgram(data: Record<string, unknown>) {
  const balancers = Object.keys((data.apiLoadBalancers as object | undefined) ?? {});
  return program({
    statsPasswords: Object.fromEntries(balancers.map((name) => [name, `${statsPassword}-${name}`])),
  });
}
