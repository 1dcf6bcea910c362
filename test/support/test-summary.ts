import type { Failure, Result } from "./summary-reporter";

/** More files than these do not fail by the weather. */
const secondRunFiles = 5;

/**
 * The files to run once more, alone, by project: most of these tests start real daemons with real
 * clocks, and a machine may stand still for seconds. Empty where too much failed, or where an error
 * belongs to no file.
 */
export function filesToRepeat(failures: readonly Failure[]): Map<string, string[]> {
  const files = new Map<string, Set<string>>();
  for (const { project, file } of failures) {
    if (file === "") return new Map();
    files.set(project, (files.get(project) ?? new Set()).add(file));
  }
  const count = [...files.values()].reduce((sum, set) => sum + set.size, 0);
  if (count > secondRunFiles) return new Map();
  return new Map([...files].map(([project, set]) => [project, [...set]]));
}

const nameOf = ({ project, file, test }: Failure) => `${project} ${file} > ${test}`;

/** Judges failures by a second run of their files: only a test that passed there is unsteady. */
export function afterSecondRun(failures: readonly Failure[], second: Result) {
  if (second.passed === 0 || second.skipped > 0) return { failed: [...failures], unsteady: [] };
  const again = new Set(second.failures.map(nameOf));
  const unsteady = failures.filter((failure) => !again.has(nameOf(failure)));
  return { failed: second.failures, unsteady };
}

/** One line for each failure, with what a reader needs to run it alone. */
export function failureLines(title: string, failures: readonly Failure[]): string[] {
  return failures.map((failure) => `${title}: ${nameOf(failure)}: ${failure.message}`);
}

/**
 * Where the time went: each project's sum, then its slowest files.
 *
 * @param processor seconds of processor time of the whole run, checks included. @default not said
 */
export function timeLines(results: readonly Result[], processor?: number, shown = 12): string[] {
  const files = results.flatMap((result) => result.files);
  const sums = new Map<string, number>();
  for (const { project, ms } of files) sums.set(project, (sums.get(project) ?? 0) + ms);
  const seconds = (ms: number) => `${(ms / 1000).toFixed(0)} s`;
  const slowest = [...files].sort((a, b) => b.ms - a.ms).slice(0, shown);
  return [
    ...(processor === undefined ? [] : [`processor time: ${seconds(processor * 1000)}`]),
    `time by layer, files added up: ${[...sums].map(([name, ms]) => `${name} ${seconds(ms)}`).join(", ")}`,
    ...slowest.map(({ file, ms }) => `  ${seconds(ms).padStart(6)}  ${file}`),
  ];
}
