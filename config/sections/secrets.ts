import { z } from "zod";

/** Secrets of the stack: `pulumi config set --secret --path 'homelab:secrets.<path>'`. */
export const secretsSchema = z.strictObject({
  sshPrivateKey: z
    .string()
    .min(1)
    .optional()
    .describe("Private SSH key. Default: the keys of the SSH agent."),
  backupIdentity: z
    .string()
    .regex(/^AGE-SECRET-KEY-1[0-9A-Z]{58}$/, {
      error:
        "expected an age identity (AGE-SECRET-KEY-1...); make one with `homelab backup --new-key`",
    })
    .optional()
    .describe("Key of the backups of the members, as age writes it. Default: none."),
  statsPasswords: z
    .record(z.string(), z.string())
    .default({})
    .describe(
      "Password of each load balancer's statistics page, by the name in `apiLoadBalancers`.",
    ),
  apiClientCertificates: z
    .record(z.string(), z.string())
    .optional()
    .describe(
      "Client certificate with its key (PEM, one after the other) that the check of a load balancer shows the API servers, by the name in `apiLoadBalancers`. Default: none.",
    ),
});
