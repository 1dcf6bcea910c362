import type { Stack } from "@pulumi/pulumi/automation";
import { LocalWorkspace, PulumiCommand, StackNotFoundError } from "@pulumi/pulumi/automation";
import { bounded, OddEngine } from "../../clients/pulumi/bounded-command";
import { findEngine, noEngine } from "../../clients/pulumi/engine";
import { commandOf } from "../../clients/pulumi/engine-command";
import { engineReason } from "../../clients/pulumi/engine-error";
import { projectRoot } from "../../clients/pulumi/project";
import { PreconditionError } from "./usage";

/**
 * Opens the stack that the user's own Pulumi knows: their backend, their login, their stack file.
 *
 * @throws PreconditionError without a Pulumi CLI, and when the backend has no such stack
 */
export async function realStack(stackName: string): Promise<Stack> {
  const engine = findEngine();
  if (engine === undefined) throw new PreconditionError(noEngine);
  const pulumiCommand = bounded(await commandOf(engine, PulumiCommand));
  try {
    return await LocalWorkspace.selectStack({ stackName, workDir: projectRoot }, { pulumiCommand });
  } catch (error) {
    if (error instanceof OddEngine) throw new PreconditionError(error.message);
    if (!(error instanceof StackNotFoundError)) {
      throw new PreconditionError(
        `stack "${stackName}" cannot be opened: ${engineReason(error)}; set PULUMI_BACKEND_URL or run \`pulumi login\` for its state backend`,
      );
    }
    throw new PreconditionError(
      `the state backend has no stack "${stackName}"; set PULUMI_BACKEND_URL or run \`pulumi login\` for the one that has it`,
    );
  }
}
