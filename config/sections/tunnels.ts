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

const recordId = z.string().regex(/^[0-9a-f]{32}$/, {
  error: (issue) =>
    `found ${JSON.stringify(issue.input)}, expected 32 hexadecimal digits; copy the id from Cloudflare's API, GET /zones/<zone>/dns_records`,
});

/** A tunnel that runs already and shall be taken over instead of made. */
export const existingTunnelSchema = z
  .strictObject({
    tunnelId: z
      .string()
      .regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, {
        error: (issue) =>
          `found ${JSON.stringify(issue.input)}, expected a UUID; \`cloudflared tunnel list\` shows it`,
      })
      .describe("Id of the tunnel."),
    name: z
      .string()
      .min(1)
      .optional()
      .describe("Its name in the account. Default: the name of this section."),
    zoneId: recordId
      .optional()
      .describe("Id of the zone; needed where `records` are given. Default: none."),
    records: z
      .record(hostname, recordId)
      .default({})
      .describe("Ids of the DNS records that lead to the tunnel today, by host name."),
  })
  .superRefine(({ zoneId, records }, context) => {
    if (zoneId !== undefined || Object.keys(records).length === 0) return;
    context.addIssue({
      code: "custom",
      path: ["zoneId"],
      message: "missing, expected the id of the zone, because records are found by it; add it",
    });
  });

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
  existing: existingTunnelSchema
    .optional()
    .describe(
      "A tunnel that runs already: it is imported, and from then on its rules are owned here. Default: a new tunnel.",
    ),
});
