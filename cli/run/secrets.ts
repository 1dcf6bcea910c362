import { createHash } from "node:crypto";
import type { StackFile } from "../../config/file/stack-file";
import type { StackConfig } from "../../config/stack";

/** Secrets that stand in where no real one may be read: previews and rehearsals run without any key. */
export interface Placeholders {
  statsPasswords: Record<string, string>;
  /** The sentence that owns up to it, where something was made up. */
  note?: string;
}

/**
 * Makes up the secrets that the program demands. The same every time, so that a second rehearsal
 * does not see a changed password; they never leave the simulated platforms.
 */
export function placeholders(stack: StackConfig, file: StackFile): Placeholders {
  const balancers = Object.keys(stack.apiLoadBalancers).sort();
  const statsPasswords = Object.fromEntries(
    balancers.map((name) => [
      name,
      createHash("sha256").update(`placeholder statsPasswords ${name}`).digest("hex"),
    ]),
  );
  const missing = balancers.filter((name) => !file.hasSecret(["statsPasswords", name]));
  const note = `generated a password for the statistics page of ${missing.join(", ")}: the stack file sets none, and a real \`pulumi preview\` will require it`;
  return { statsPasswords, ...(missing.length > 0 && { note }) };
}
