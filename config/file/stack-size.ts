import { pageUrl } from "../../model/pages";
import { NAMESPACE } from "./namespace";
import type { Problem } from "./problem";
import { FILES, movableSections } from "./section-files";

/**
 * Longest environment variable that Linux hands to a program (execve(2): 32 pages). The engine
 * gives program and policy pack the whole configuration in one (PULUMI_CONFIG), and fails beyond
 * with "argument list too long".
 */
const LONGEST_BYTES = 131_072;

/** Room for the variable's name and for what the engine adds. */
const MARGIN_BYTES = 4096;

/** From here on it is worth a word: some 300 guests. */
const LARGE_BYTES = 100 * 1024;

/** Bytes of one key as the engine hands it over: JSON within JSON. */
const bytesOf = (key: string, value: unknown) =>
  Buffer.byteLength(
    JSON.stringify([key, typeof value === "string" ? value : JSON.stringify(value)]),
  );

/**
 * What is wrong with the size of a stack file's configuration: a warning from 100 KiB on, an error
 * where Linux would not start the program.
 *
 * @param config whole keys of the stack file, such as `homelab:guests`, with their values
 */
export function sizeProblem(config: Record<string, unknown>): Problem | undefined {
  const sizes = Object.entries(config).map(([key, value]) => ({ key, bytes: bytesOf(key, value) }));
  const total = sizes.reduce((sum, { bytes }) => sum + bytes, 0);
  if (total < LARGE_BYTES) return undefined;
  const [largest] = [...sizes].sort((a, b) => b.bytes - a.bytes);
  const section = movableSections.find((name) => NAMESPACE + name === largest?.key);
  const kib = (bytes: number) => `${Math.ceil(bytes / 1024)} KiB`;
  const what = `${section ?? largest?.key} (${kib(largest?.bytes ?? 0)})`;
  const fix =
    section === undefined
      ? `make ${what} smaller`
      : `move ${what} into a file of its own and name that in ${NAMESPACE}${FILES}, see ${pageUrl("configuration.md")}`;
  return {
    path: section === undefined ? [] : [section],
    ...(section === undefined && { outside: { text: largest?.key ?? "" } }),
    message: `the configuration in this file is ${kib(total)} as the engine hands it over, and Linux starts neither the program nor the policy pack with more than ${kib(LONGEST_BYTES)} ("argument list too long"); ${fix}`,
    severity: total > LONGEST_BYTES - MARGIN_BYTES ? "error" : "warning",
  };
}
