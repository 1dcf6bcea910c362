import { engineReason } from "../../../clients/pulumi/engine-error";
import { policyPack } from "../../../clients/pulumi/project";
import { backendHost, behind } from "../../../model/cutover/behind";
import type { CutoverFacts } from "../../../model/cutover/types";
import { ledger } from "../../lib/ledger";
import { Interrupted, type Stop } from "../../lib/process";
import { realStack } from "../../lib/real-stack";
import { Failure } from "../../lib/usage";
import { recover } from "../recover/run";

/** What the engine prints at once when it hears of the first signal. */
const CANCELLING = "received; cancelling";

/**
 * Runs the update of a real stack, after putting in order what an earlier one left half-way.
 *
 * @throws Failure if its state is kept behind what moves, whatever the stack file says, or the update fails
 */
export async function updateReal(
  stackName: string,
  facts: CutoverFacts,
  stop: Stop,
  progress: (line: string) => void,
): Promise<void> {
  const account = `the update of stack ${stackName} (\`homelab recover\` puts its state in order)`;
  ledger.plan(account);
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
  let begun = false;
  try {
    const policyPacks = [policyPack];
    const options = { color: "never", policyPacks, signal: stop.signal } as const;
    // A rule over the whole stack can only stop a change in a preview.
    await stack.preview(options);
    // What begins now would not hear of a signal that came before.
    if (stop.asked()) throw new Failure("stopped");
    begun = true;
    await ledger.step(account, () =>
      stop.patiently((engineKnows) => {
        const onOutput = (text: string) => {
          if (text.includes(CANCELLING)) engineKnows();
          progress(text.trimEnd());
        };
        return stack.up({ ...options, onOutput });
      }),
    );
  } catch (error) {
    // Of an engine that was stopped before it changed anything there is nothing to tell.
    if (stop.asked() && !begun) throw new Interrupted("stopped before the update");
    throw new Failure(`pulumi up: ${engineReason(error)}`);
  }
}
