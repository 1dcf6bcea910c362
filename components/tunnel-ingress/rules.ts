import type { types } from "@pulumi/cloudflare";
import { z } from "zod";
import { name, port } from "../../config/sections/network";
import { originSchema, tunnelSchema } from "../../config/sections/tunnels";
import type { Finding } from "../../model/finding";
import { judgeHostnames, judgeRecords } from "../../model/network/ingress-rules";
import { judgeOrigin } from "../../model/network/origin";

const { accountId, zone, namespace, replicas, ingress, existing } = tunnelSchema.shape;
const { hostname } = ingress.element.shape;
const { scheme, serverName } = originSchema.shape;

/** Version whose metrics server and environment variables the connectors rely on. */
const TESTED_IMAGE = "cloudflare/cloudflared:2026.8.2";

const image = z
  .string()
  .regex(/^[^\s:@]+(:\d+\/[^\s:@]+)?(:(?!latest$)[\w.-]+|@sha256:[0-9a-f]{64})$/, {
    error: (issue) =>
      `found ${JSON.stringify(issue.input)}, expected an image with its version; write e.g. ${TESTED_IMAGE}`,
  });

const rule = z
  .strictObject({
    hostname,
    origin: z
      .strictObject({
        service: name.describe("Name of the Service."),
        namespace: name.describe("Its namespace."),
        port: port.describe("Its port."),
        scheme,
        serverName,
      })
      .describe("Kubernetes Service that answers; there is no field for an address."),
  })
  .describe("One public host name, and where it leads.")
  .transform(({ hostname: host, origin }) => ({
    hostname: host,
    origin: { ...origin, serverName: origin.serverName ?? host.replace(/^\*\./, "") },
  }));

type Rule = z.output<typeof rule>;

/** The name that resolves to the Service inside the cluster, as the tunnel must write it. */
function serviceUrl({ origin }: Rule): string {
  return `${origin.scheme}://${origin.service}.${origin.namespace}.svc.cluster.local:${origin.port}`;
}

/** What a tunnel is made of, by value. */
export const tunnelArgsSchema = z.strictObject({
  accountId,
  zone,
  namespace,
  replicas,
  image: image.default(TESTED_IMAGE).describe("Image of cloudflared, with its version."),
  ingress: z
    .array(rule)
    .min(1)
    .describe("Public host names and the Services behind them; the first rule that matches wins."),
  existing,
});

export type TunnelFacts = z.output<typeof tunnelArgsSchema>;

/** Rules that lead outside the zone, that no request reaches, or that name an address. */
export function judgeTunnel(facts: TunnelFacts): Finding[] {
  const hostnames = facts.ingress.map((current) => current.hostname);
  return [
    ...judgeHostnames(facts.zone, hostnames),
    ...judgeRecords(Object.keys(facts.existing?.records ?? {}), hostnames),
    ...facts.ingress.flatMap((current, index) =>
      judgeOrigin(serviceUrl(current)).map((finding) => ({
        ...finding,
        path: ["ingress", index, "origin"],
      })),
    ),
  ];
}

/**
 * Ingress rules as Cloudflare keeps them; the last one must match everything.
 * https://developers.cloudflare.com/cloudflare-one/networks/connectors/cloudflare-tunnel/
 */
export function tunnelRules(
  facts: TunnelFacts,
): types.input.ZeroTrustTunnelCloudflaredConfigConfigIngress[] {
  const rules = facts.ingress.map((current) => ({
    hostname: current.hostname,
    service: serviceUrl(current),
    ...(current.origin.scheme === "https" && {
      originRequest: {
        // The Service's cluster name is in no public certificate: without this name, 502.
        originServerName: current.origin.serverName,
        http2Origin: true,
        noTlsVerify: false,
      },
    }),
  }));
  return [...rules, { service: "http_status:404" }];
}
