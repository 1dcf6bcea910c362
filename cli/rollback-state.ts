import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Stack } from "@pulumi/pulumi/automation";

export { realStack } from "./real-stack";

interface StateResource {
  urn: string;
  type: string;
  inputs?: Record<string, unknown>;
}

/** The private SSH key of a stack's secrets. */
export async function sshKeyOf(stack: Stack): Promise<string> {
  return (await stack.getConfig("homelab:secrets.sshPrivateKey", true)).value;
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
  const { deployment } = await stack.exportStack();
  const { resources = [] } = deployment as { resources?: StateResource[] };
  const prefixes = members.map((member) => `::${pair}-${member}-`);
  const urns = resources
    .filter(({ type }) => type === "command:remote:Command")
    .filter(({ urn }) => prefixes.some((prefix) => urn.includes(prefix)))
    .filter(({ urn, inputs }) => inputs?.stdin !== undefined || urn.endsWith("-health"))
    .map(({ urn }) => urn);
  if (urns.length === 0) return 0;
  await taint(stack, urns);
  return urns.length;
}

/** Makes the next `up` carry resources out once more; the SDK's Automation API has no call for it. */
export async function taint({ name, workspace }: Stack, urns: string[]): Promise<void> {
  const { workDir, envVars, pulumiHome, pulumiCommand } = workspace;
  const home = pulumiHome === undefined ? {} : { PULUMI_HOME: pulumiHome };
  const env = { ...process.env, ...envVars, ...home };
  const program = pulumiCommand.command;
  const args = ["state", "taint", ...urns, "--stack", name, "--yes", "--non-interactive"];
  await promisify(execFile)(program, args, { cwd: workDir, env });
}
