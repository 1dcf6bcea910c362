import { z } from "zod";
import { count, hostname, name } from "./network";

/** Where a public host name leads: a Service by reference, never an address. */
export const originSchema = z.strictObject({
  /** Name in `kubernetesIngress`. */
  ingress: name,
  scheme: z.enum(["https", "http"]).default("https"),
  /** Name that the origin's certificate must carry. @default the rule's host name without the wildcard */
  serverName: hostname.optional(),
});

/** One Cloudflare tunnel with its ingress rules and DNS records. */
export const tunnelSchema = z.strictObject({
  accountId: z.string().regex(/^[0-9a-f]{32}$/, {
    error: (issue) =>
      `found ${JSON.stringify(issue.input)}, expected 32 hexadecimal digits; copy the account id from the dashboard`,
  }),
  /** Zone of the host names, as Cloudflare lists it. */
  zone: hostname,
  namespace: name.default("cloudflared"),
  replicas: count("replicas", 2, 25).default(2),
  ingress: z.array(z.strictObject({ hostname, origin: originSchema })).min(1),
});
