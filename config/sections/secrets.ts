import { z } from "zod";

/** Secrets of one cluster and of all that goes with it: `pulumi config set --secret --path 'homelab:secrets.<path>'`. */
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

/** Secrets that all sites share, unless one has its own. */
export const sharedSecrets: readonly string[] = ["sshPrivateKey", "backupIdentity"];

/** Secrets of one of several sites. */
export const ofSite = secretsSchema.extend({
  proxmoxToken: z
    .string()
    .regex(/^[^\s=!]+![^\s=!]+=[0-9a-fA-F-]{36}$/, {
      error:
        "expected a token of the form user@realm!name=uuid; copy both parts that Proxmox showed when it was made",
    })
    .optional()
    .describe("API token of the site's Proxmox: `user@realm!name=uuid`."),
});

/** All that may stand in `homelab:secrets`. */
export const topSecretsSchema = secretsSchema.extend({
  sites: z
    .record(z.string(), ofSite)
    .default({})
    .describe("Secrets of each site, by its name, where a stack has several."),
});
