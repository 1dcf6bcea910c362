import { type Forge, forgeOf } from "../../clients/forge/forge";
import { ForgeError } from "../../clients/forge/forge-error";
import { Failure, PreconditionError } from "./usage";

/**
 * Talks to the forge that runs this CI job.
 *
 * @param env tells which it is. @default that of this process
 * @throws PreconditionError outside of a CI job, Failure for what the forge refuses
 */
export async function withForge<T>(
  use: (forge: Forge) => Promise<T>,
  env: NodeJS.ProcessEnv = process.env,
): Promise<T> {
  try {
    return await use(forgeOf(env));
  } catch (error) {
    if (!(error instanceof ForgeError)) throw error;
    const Kind = error.kind === "settings" ? PreconditionError : Failure;
    throw new Kind(error.message);
  }
}
