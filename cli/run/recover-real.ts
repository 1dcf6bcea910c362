import { realStack } from "../real-stack";
import { recover } from "../recover";

/** Puts a real stack in order whose last `pulumi up` was killed; see `cli/recover.ts`. */
export async function recoverReal(stackName: string): Promise<string[]> {
  return recover(await realStack(stackName));
}
