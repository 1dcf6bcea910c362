import type * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { clusterSchema } from "../../config/sections/cluster";
import { count, hostKey, port, shown, userName } from "../../config/sections/network";
import { memberMonitoringFields } from "../../config/sections/operation/monitoring";
import { questionFields, questionMistake } from "../../config/sections/services/service-check";
import {
  checkSchema,
  resolvedHostSchema,
  resolvedMemberSchema,
  vrrpFields,
} from "../../config/sections/vrrp";

/** A text that may be born at the deployment, or be secret. */
export const inputText = z
  .custom<pulumi.Input<string>>(
    (value) => typeof value === "string" || (typeof value === "object" && value !== null),
    { error: (issue) => `found ${shown(issue.input)}, expected a text; change it` },
  )
  .meta({ tsType: "pulumi.Input<string>" });

const { user, port: sshPort, proxy } = clusterSchema.shape.ssh.unwrap().shape;
const privateKey = inputText
  .optional()
  .describe("Private key. Default: the keys of the SSH agent.");

/** How hosts are reached. */
export const sshSchema = z
  .strictObject({ user, port: sshPort, privateKey, proxy })
  .describe("How the hosts are reached over SSH.");

/** A host to log in to. */
export const connectionSchema = z.strictObject({
  host: z.string().min(1).describe("Name or address of the host."),
  user: userName.describe("User to log in as."),
  port: port.optional().describe("Port of the SSH server. Default: 22."),
  hostKey: hostKey.describe("Pinned public host key, as `ssh-keyscan` prints it without the name."),
  privateKey,
  proxy: z
    .strictObject({ ...proxy.unwrap().shape, privateKey })
    .optional()
    .describe("Jump host through which it is reached. Default: it is reached directly."),
});

const { weight: _weight, ...times } = checkSchema.shape;

const weightFields = {
  weight: count("a weight", -253, 253)
    .optional()
    .describe(
      "Change of the priority while the check fails; 0 is a FAULT: the member leaves at once. Default: 0.",
    ),
  autoWeight: z
    .boolean()
    .optional()
    .describe("Whether a negative weight is chosen that fits the priorities. Default: false."),
};

/** The one of two ways to state a weight that is taken; both at once is a mistake. */
function oneWeight(
  { weight, autoWeight }: { weight?: number | undefined; autoWeight?: boolean | undefined },
  context: z.core.$RefinementCtx,
): void {
  if (weight === undefined || !autoWeight) return;
  const message = `found ${weight} beside autoWeight; leave one of the two out`;
  context.issues.push({ code: "custom", path: ["weight"], input: weight, message });
}

const chosenWeight = <C extends { weight?: number | undefined; autoWeight?: boolean | undefined }>({
  weight,
  autoWeight,
  ...check
}: C) => ({ ...check, weight: autoWeight ? ("auto" as const) : weight });

/**
 * The health check as a component takes it: without the union of a number and `auto`, which no other
 * language of Pulumi knows.
 */
const checkArgs = z
  .strictObject({ ...weightFields, ...times })
  .superRefine(oneWeight)
  .transform(chosenWeight)
  .prefault({});

/** The same of a service pair, which says what is asked. */
export const serviceCheckArgs = z
  .strictObject({ ...questionFields, ...weightFields, ...times })
  .superRefine(oneWeight)
  .superRefine((check, context) => {
    const message = questionMistake(check);
    if (message !== undefined) context.addIssue({ code: "custom", path: [], message });
  })
  .transform(chosenWeight);

const tooFew = "expected at least 2 members; list the hosts that share the address";

/** The plain arguments of every component with a virtual address; the policies read them. */
export const vrrpArgs = {
  ...vrrpFields,
  check: checkArgs.describe("Health check on each member."),
  members: z
    .array(resolvedMemberSchema)
    .min(2, { error: tooFew })
    .describe("Hosts that share the address, at least two, on different nodes."),
  leaving: z
    .array(resolvedHostSchema.describe("A host that was a member."))
    .optional()
    .describe(
      "Hosts that were members: the next `up` ends keepalived and its helpers there, before the others forget them. Default: none.",
    ),
  monitoring: z
    .strictObject(memberMonitoringFields)
    .optional()
    .describe("How members serve metrics. Default: they do not."),
};

/** Why the port on which members agree on open connections cannot be what it is. */
export function drainPortProblems(
  facts: { drainSec: number; drainPort: number; monitoring?: { exporterPort: number } | undefined },
  taken: Readonly<Record<string, number>>,
): string[] {
  if (facts.drainSec === 0) return [];
  const exporter = facts.monitoring && { exporterPort: facts.monitoring.exporterPort };
  return portProblems(facts.drainPort, { ...taken, ...exporter }, 8082);
}

/** Why the exporter's port cannot be what it is: something else on the member has it. */
export function exporterPortProblems(
  monitoring: { exporterPort: number } | undefined,
  taken: Readonly<Record<string, number>>,
): string[] {
  return portProblems(monitoring?.exporterPort, taken, 9100);
}

/** @param taken ports of the host by the name of what has them */
function portProblems(
  stated: number | undefined,
  taken: Readonly<Record<string, number>>,
  usual: number,
): string[] {
  return Object.entries(taken).flatMap(([name, port]) =>
    port === stated
      ? [`found ${port}, the port of "${name}" on the same host; use e.g. ${usual}`]
      : [],
  );
}
