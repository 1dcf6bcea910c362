import { realStack } from "../../lib/real-stack";
import { recover } from "./run";

/** Puts a real stack in order whose last `pulumi up` was killed; see `cli/recover.ts`. */
export async function recoverReal(stackName: string): Promise<string[]> {
  return recover(await realStack(stackName));
}
