import { LocalWorkspace, StackNotFoundError } from "@pulumi/pulumi/automation";
import { recover } from "../recover";
import { projectRoot } from "../stack-files";
import { UsageError } from "../usage";

/** Puts a real stack in order whose last `pulumi up` was killed; see `cli/recover.ts`. */
export async function recoverReal(stackName: string): Promise<string[]> {
  try {
    const stack = await LocalWorkspace.selectStack({ stackName, workDir: projectRoot });
    return await recover(stack);
  } catch (error) {
    if (!(error instanceof StackNotFoundError)) throw error;
    throw new UsageError(
      `the state backend has no stack "${stackName}"; set PULUMI_BACKEND_URL or run \`pulumi login\` for the one that has it`,
    );
  }
}
