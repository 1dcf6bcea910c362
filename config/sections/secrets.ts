import { z } from "zod";

/** Secrets of the stack: `pulumi config set --secret --path 'homelab:secrets.<path>'`. */
export const secretsSchema = z.strictObject({
  sshPrivateKey: z
    .string()
    .min(1)
    .optional()
    .describe("Private SSH key. Default: the keys of the SSH agent."),
  statsPasswords: z
    .record(z.string(), z.string())
    .default({})
    .describe(
      "Password of each load balancer's statistics page, by the name in `apiLoadBalancers`.",
    ),
});
