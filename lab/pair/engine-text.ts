/** Longest line that is worth reading in an error. */
const LONGEST = 400;

/**
 * What went wrong, out of the whole output of a failed `pulumi up`: the engine repeats the scripts
 * that it ran, and everything that went well.
 */
export function engineText(output: string): string {
  const diagnostics = /^Diagnostics:\n(.*?)(?=^\S|(?![\s\S]))/ms.exec(output)?.[1] ?? output;
  const lines = diagnostics
    .replaceAll(/: running "(.*?)(?<!\\)":$/gms, (_, script: string) => subject(script))
    .split("\n")
    .map((line) => line.trimEnd())
    .filter((line) => line !== "" && !/error: update failed$/.test(line))
    .filter(
      (line, index, all) =>
        !/^ {2}pulumi:pulumi:Stack/.test(line) || /^ {4}/.test(all[index + 1] ?? ""),
    );
  return lines.map((line) => line.slice(0, LONGEST)).join("\n");
}

/** What a script says about itself in its first line, e.g. which file of which host it writes. */
function subject(script: string): string {
  const [, what] = /^# (file \S+ on [^,\s]+)/.exec(script) ?? [];
  return what === undefined ? "" : `: ${what}`;
}
