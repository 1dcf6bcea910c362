import { utils } from "ssh2";

/**
 * Why a text is no private SSH key that can be used here.
 *
 * @returns undefined for one that can
 */
export function privateKeyProblem(text: string): string | undefined {
  const key = utils.parseKey(text);
  if (!(key instanceof Error)) return undefined;
  return `${key.message}; expected a private SSH key without a password`;
}
