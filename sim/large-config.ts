import { parse, stringify } from "yaml";

/**
 * Longest environment variable that Linux hands to a program (execve(2): 32 pages). The engine
 * gives a policy pack the whole configuration in one (PULUMI_CONFIG), and fails beyond with
 * "argument list too long".
 */
const LONGEST_VARIABLE = 131_072;

/** Room for the variable's name and for what the engine adds. */
const MARGIN = 4096;

/** A stack file for the engine, and what does not fit in it. */
export interface SplitConfig {
  text: string;
  /** Whole keys with their values as JSON, to be set by the program itself. */
  later: Record<string, string>;
}

const lengthOf = (config: Record<string, unknown>) =>
  Buffer.byteLength(
    JSON.stringify(
      Object.fromEntries(
        Object.entries(config).map(([key, value]) => [key, JSON.stringify(value)]),
      ),
    ),
  );

/** Takes the largest keys out of a stack file until the engine can hand the rest over. */
export function splitConfig(stackFile: string): SplitConfig {
  const settings = parse(stackFile) as { config?: Record<string, unknown> };
  const config = { ...settings.config };
  const later: Record<string, string> = {};
  const bySize = Object.keys(config).sort(
    (a, b) => JSON.stringify(config[b]).length - JSON.stringify(config[a]).length,
  );
  for (const key of bySize) {
    if (lengthOf(config) <= LONGEST_VARIABLE - MARGIN) break;
    later[key] = JSON.stringify(config[key]);
    delete config[key];
  }
  if (Object.keys(later).length === 0) return { text: stackFile, later };
  return { text: stringify({ ...settings, config }), later };
}

/** A program that first sets what did not fit. */
export function withConfig(
  later: Record<string, string>,
  program: () => Promise<Record<string, unknown>>,
): () => Promise<Record<string, unknown>> {
  if (Object.keys(later).length === 0) return program;
  return async () => {
    // Loaded late: this runs where the SDK is loaded already.
    const { setConfig } = await import("@pulumi/pulumi/runtime/config.js");
    for (const [key, value] of Object.entries(later)) setConfig(key, value);
    return program();
  };
}
