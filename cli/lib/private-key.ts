import { privateKeyProblem } from "../../clients/ssh/private-key";
import { readNamed } from "./files";
import { UsageError } from "./usage";

/**
 * The private SSH key in a file that the person at the keyboard named.
 *
 * @throws UsageError for a file that cannot be read, and for one that holds no key that can be used
 */
export function readPrivateKey(named: string): string {
  const text = readNamed(named);
  const problem = privateKeyProblem(text);
  if (problem !== undefined) throw new UsageError(`${named}: ${problem}`);
  return text;
}
