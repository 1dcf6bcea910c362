import { join } from "node:path";
import { engineReason } from "../../../clients/pulumi/engine-error";
import { backendHost, behind } from "../../../model/cutover/behind";
import type { CutoverFacts } from "../../../model/cutover/types";
import { realStack } from "../../lib/real-stack";
import { projectRoot } from "../../lib/stack-files";
import { Failure } from "../../lib/usage";
import { recover } from "../recover/run";

/**
 * Runs the update of a real stack, after putting in order what an earlier one left half-way.
 *
 * @throws Failure if its state is kept behind what moves, whatever the stack file says, or the update fails
 */
export async function updateReal(
  stackName: string,
  facts: CutoverFacts,
  signal: AbortSignal,
  progress: (line: string) => void,
): Promise<void> {
  const stack = await realStack(stackName);
  const { url = "" } = await stack.workspace.whoAmI();
  const place = backendHost(url);
  const found = place && behind(place.host, place.port, facts);
  if (found) {
    throw new Failure(
      `the state backend in use is ${found.how}, which this cutover moves; log in to the one that homelab:cutovers.${facts.name}.stateBackend names`,
    );
  }
  for (const line of await recover(stack)) progress(line);
  try {
    const policyPacks = [join(projectRoot, "policy")];
    const options = { color: "never", policyPacks, signal } as const;
    // A rule over the whole stack can only stop a change in a preview.
    await stack.preview(options);
    await stack.up({ ...options, onOutput: (text) => progress(text.trimEnd()) });
  } catch (error) {
    throw new Failure(`pulumi up: ${engineReason(error)}`);
  }
}
