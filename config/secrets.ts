import { z } from "zod";

/** Secrets of the stack: `pulumi config set --secret --path 'homelab:secrets.<path>'`. */
export const secretsSchema = z.strictObject({
  /** Private SSH key. @default the keys of the SSH agent */
  sshPrivateKey: z.string().min(1).optional(),
  /** Password of each load balancer's statistics page, by the name in `apiLoadBalancers`. */
  statsPasswords: z.record(z.string(), z.string()).default({}),
});
