import { markdownBlock } from "../../../model/foreign-text";

/** GitHub refuses comments and issues beyond 65,536 characters. */
const longest = 60_000;

/** Title of the one issue about drift of a stack. */
export function driftTitle(stack: string): string {
  return `Drift of the stack ${stack}`;
}

/** What the nightly comparison found; a failed comparison is told from a difference. */
export function driftBody(stack: string, output: string): string {
  const differs = output.includes("no changes were expected");
  const text = output.length > longest ? `${output.slice(0, longest)}\n[cut]` : output;
  return [
    differs
      ? `Reality differs from the stack \`${stack}\`. Either change the stack file, or let \`pulumi up\` put it right.`
      : `The comparison of the stack \`${stack}\` with reality failed; drift is unknown.`,
    "",
    ...markdownBlock(text.split("\n")),
    "",
  ].join("\n");
}
