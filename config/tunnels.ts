import { z } from "zod";
import { count, hostname, name, shown } from "./network";

/** Where a public host name leads: a Service by reference, never an address. */
export const originSchema = z.strictObject(
  {
    ingress: name.describe("Name in `kubernetesIngress`."),
    scheme: z
      .enum(["https", "http"])
      .default("https")
      .describe("How cloudflared talks to the Service."),
    serverName: hostname
      .optional()
      .describe(
        "Name that the origin's certificate must carry. Default: the rule's host name without the wildcard.",
      ),
  },
  {
    error: (issue) =>
      issue.code === "invalid_type"
        ? `found ${shown(issue.input)}, expected a reference to a Service, because an address stops answering when the Service moves; write e.g. { ingress: traefik-lb } with a name of homelab:kubernetesIngress`
        : undefined,
  },
);

/** One Cloudflare tunnel with its ingress rules and DNS records. */
export const tunnelSchema = z.strictObject({
  accountId: z
    .string()
    .regex(/^[0-9a-f]{32}$/, {
      error: (issue) =>
        `found ${JSON.stringify(issue.input)}, expected 32 hexadecimal digits; copy the account id from the dashboard`,
    })
    .describe("Cloudflare account id."),
  zone: hostname.describe("Zone of the host names, as Cloudflare lists it."),
  namespace: name.default("cloudflared").describe("Namespace of cloudflared."),
  replicas: count("replicas", 2, 25)
    .default(2)
    .describe("cloudflared pods, on different machines."),
  ingress: z
    .array(
      z.strictObject({
        hostname: hostname.describe("Public host name; the first label may be `*`."),
        origin: originSchema.describe("Service that answers."),
      }),
    )
    .min(1)
    .describe("Rules in the order in which they match; the rest gets 404."),
});
