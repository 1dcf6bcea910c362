import type { Stack } from "@pulumi/pulumi/automation";
import type { Path } from "../../../config/file/raw";
import { exportState, taint } from "../../lib/stack-state";

export { realStack } from "../../lib/real-stack";

/** One of a stack's secrets, e.g. `["sshPrivateKey"]`. */
export async function secretOf(stack: Stack, path: Path): Promise<string> {
  return (await stack.getConfig(`homelab:secrets.${path.join(".")}`, true)).value;
}

/**
 * Makes the next `pulumi up` write the files of these members again. Without it the state would
 * still say that the newer texts are in place, and `up` would leave the older ones.
 *
 * @returns how many files and health checks are marked
 */
export async function markMembers(
  stack: Stack,
  pair: string,
  members: readonly string[],
): Promise<number> {
  const { resources = [] } = (await exportState(stack)).deployment;
  const prefixes = members.map((member) => `::${pair}-${member}-`);
  const urns = resources
    .filter(({ type }) => type === "command:remote:Command")
    .filter(({ urn }) => prefixes.some((prefix) => urn.includes(prefix)))
    .filter(({ urn, inputs }) => inputs?.stdin !== undefined || urn.endsWith("-health"))
    .map(({ urn }) => urn);
  if (urns.length > 0) await taint(stack, urns);
  return urns.length;
}
