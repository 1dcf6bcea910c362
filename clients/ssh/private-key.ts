import { utils } from "ssh2";
import { readNamed } from "../../cli/lib/files";
import { UsageError } from "../../cli/lib/usage";

/**
 * The private SSH key in a file that the person at the keyboard named.
 *
 * @throws UsageError for a file that cannot be read, and for one that holds no key that can be used
 */
export function readPrivateKey(named: string): string {
  const text = readNamed(named);
  const key = utils.parseKey(text);
  if (key instanceof Error) {
    throw new UsageError(`${named}: ${key.message}; expected a private SSH key without a password`);
  }
  return text;
}
