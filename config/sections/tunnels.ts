import { z } from "zod";
import { sectionsOf, type VrrpReference } from "../virtual-addresses";
import { count, guestName, hostname, ipAddress, name, port, shown } from "./network";
import { checksum } from "./traefik-pairs";
import { hostSchema } from "./vrrp";

/** Keys by which an origin names an entry of a section with an address that keepalived moves. */
export const PAIR_ORIGINS = sectionsOf("vrrp").map(({ reference }) => reference as VrrpReference);

const pairOrigin = name.optional();

/** Keys of an origin of which exactly one is stated. */
export const ORIGIN_KINDS = ["ingress", ...PAIR_ORIGINS, "guest", "host"] as const;

/** How cloudflared talks to an origin. */
const originScheme = z
  .enum(["https", "http", "ssh", "tcp"])
  .default("https")
  .describe("How cloudflared talks to the origin; a Service takes `https` and `http`.");

const serverName = hostname
  .optional()
  .describe(
    "Name that the origin's certificate must carry. Default: the rule's host name without the wildcard.",
  );

/**
 * Where a public host name leads: a Service, an address of this stack or a guest by reference, so
 * that the rule follows a move, or a host that nothing moves.
 */
export const originSchema = z
  .strictObject(
    {
      ingress: name
        .optional()
        .describe("A Service: name in `kubernetesIngress`. Default: another key says where."),
      ...(Object.fromEntries(
        sectionsOf("vrrp").map(({ reference, name: section, what }) => [
          reference,
          pairOrigin.describe(
            `The virtual address of a ${what}: name in \`${section}\`. Default: another key says where.`,
          ),
        ]),
      ) as Record<VrrpReference, typeof pairOrigin>),
      guest: guestName
        .optional()
        .describe(
          "A guest: name in `guests`, which has an address there. Default: another key says where.",
        ),
      host: z
        .union([ipAddress, hostname], {
          error: (issue) =>
            `found ${shown(issue.input)}, expected an address or a host name without scheme, port and path`,
        })
        .optional()
        .describe(
          "A host that nothing in this stack moves, e.g. a NAS: its address or name. Default: another key says where.",
        ),
      port: port
        .optional()
        .describe(
          "Port of the origin; a Service has 443 or 80. Default: 443, 80 and 22 with https, http and ssh.",
        ),
      scheme: originScheme,
      serverName,
    },
    {
      error: (issue) =>
        issue.code === "invalid_type"
          ? `found ${shown(issue.input)}, expected a reference, because an address stops answering when what has it moves; write e.g. { ingress: traefik-lb } with a name of homelab:kubernetesIngress, or { guest: nas, port: 5000, scheme: http }`
          : undefined,
    },
  )
  .superRefine((origin, context) => {
    const found = ORIGIN_KINDS.filter((key) => origin[key] !== undefined);
    const problem = (path: string[], message: string) =>
      context.addIssue({ code: "custom", path, message });
    if (found.length !== 1) {
      problem(
        [],
        `found ${found.length === 0 ? "no origin" : found.join(" and ")}, expected one of ${ORIGIN_KINDS.join(", ")}; say where the requests go`,
      );
    }
    if (origin.ingress !== undefined) {
      if (origin.scheme !== "https" && origin.scheme !== "http") {
        problem(
          ["scheme"],
          `found "${origin.scheme}", but a Kubernetes ingress takes https and http; change it`,
        );
      }
      if (origin.port !== undefined) {
        problem(
          ["port"],
          `found ${origin.port}, but the Service of an ingress has 443 and 80; remove it`,
        );
      }
    } else if (origin.scheme === "tcp" && origin.port === undefined) {
      problem(
        ["port"],
        "missing, expected the port of the origin, for tcp has none by default; add it",
      );
    }
  });

const SCHEME_PORTS = { https: 443, http: 80, ssh: 22 };

/** Port of an origin that is no Service. */
export function originPort({
  port: stated,
  scheme,
}: Pick<z.output<typeof originSchema>, "port" | "scheme">): number {
  return stated ?? (scheme === "tcp" ? 0 : SCHEME_PORTS[scheme]);
}

/** What holds the tunnel open where there is no Kubernetes. */
export const connectorsSchema = z
  .strictObject({
    hosts: z
      .array(hostSchema)
      .min(2, {
        error:
          "found fewer than two hosts, expected two or more on different nodes, so that the tunnel outlives one; add one",
      })
      .describe("Hosts that run cloudflared as a systemd unit, two or more on different nodes."),
    version: z
      .string()
      .regex(/^\d{4}\.\d{1,2}\.\d+$/, {
        error: (issue) =>
          `found ${shown(issue.input)}, expected a release of cloudflared; write e.g. 2026.8.2`,
      })
      .describe("Release of cloudflared."),
    sha256: checksum
      .optional()
      .describe(
        "Checksum of the program `cloudflared-linux-amd64` of that release. Default: a host that does not run this version already is refused: nothing is installed unverified.",
      ),
    sha256Arm64: checksum
      .optional()
      .describe(
        "The same of `cloudflared-linux-arm64`, for hosts with 64-bit ARM. Default: such a host must run this version already.",
      ),
    metricsPort: port
      .default(2000)
      .describe("Local port of cloudflared's metrics and of its `/ready`, on 127.0.0.1."),
  })
  .optional()
  .describe(
    "Hosts that hold the tunnel open, for a house without Kubernetes. Default: pods in the cluster do.",
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
  cluster: name
    .optional()
    .describe(
      "Kubernetes cluster whose pods hold the tunnel open, as named in `apiLoadBalancers` or `kubernetes`; `origin.ingress` leads to Services of that one. Default: that of the first Service behind it, or the only one there is.",
    ),
  namespace: name.default("cloudflared").describe("Namespace of cloudflared."),
  replicas: count("replicas", 2, 25)
    .default(2)
    .describe("cloudflared pods, on different machines."),
  ingress: z
    .array(
      z.strictObject({
        hostname: hostname.describe("Public host name; the first label may be `*`."),
        origin: originSchema.describe("What answers, by one of its keys."),
      }),
    )
    .min(1)
    .describe("Rules in the order in which they match; the rest gets 404."),
  connectors: connectorsSchema,
  existing: existingTunnelSchema
    .optional()
    .describe(
      "A tunnel that runs already: it is imported, and from then on its rules are owned here. Default: a new tunnel.",
    ),
});
