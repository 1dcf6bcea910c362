/** A mistake of the person at the keyboard: shown as one line, without a stack trace; exit code 2. */
export class UsageError extends Error {}

/** What somebody else refused, such as an engine, a forge or a held lock: one line; exit code 1. */
export class Failure extends Error {}
