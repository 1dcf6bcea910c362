/** A mistake on the command line: shown as one line, without a stack trace; exit code 2. */
export class UsageError extends Error {}

/**
 * A command that may not begin: no engine, no answer from the cluster, a member that is not healthy.
 * Nothing was changed. One line; exit code 4.
 */
export class PreconditionError extends Error {}

/** What somebody else refused, such as an engine, a forge or a held lock: one line; exit code 1. */
export class Failure extends Error {}

/**
 * A stack file that cannot be worked with; another command tells what is wrong.
 *
 * @param lister command that lists the mistakes
 */
export const hasMistakes = (file: string, lister = `preview --file ${file}`) =>
  new Failure(`${file} has mistakes; \`homelab ${lister}\` lists them`);

/** Exit code for an error that is shown as one line; undefined for a bug. */
export function exitCodeOf(error: unknown): number | undefined {
  if (error instanceof UsageError) return 2;
  if (error instanceof PreconditionError) return 4;
  return error instanceof Failure ? 1 : undefined;
}
