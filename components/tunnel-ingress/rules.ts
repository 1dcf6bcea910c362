import type { types } from "@pulumi/cloudflare";
import { z } from "zod";
import { ipAddress, name, port } from "../../config/sections/network";
import { connectorsSchema, originSchema, tunnelSchema } from "../../config/sections/tunnels";
import { resolvedHostSchema } from "../../config/sections/vrrp";
import type { Finding } from "../../model/finding";
import { hostText } from "../../model/network/address";
import { judgeHostnames, judgeRecords } from "../../model/network/ingress-rules";
import { judgeOrigin, judgeOriginForm } from "../../model/network/origin";
import { judgeConnectors } from "../../model/network/tunnel-connectors";
import { sshSchema } from "../shared/args-schema";

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
        service: name
          .optional()
          .describe("Name of a Kubernetes Service. Default: `host` says where the requests go."),
        namespace: name.optional().describe("Its namespace. Default: there is no Service."),
        host: z
          .union([ipAddress, hostname])
          .optional()
          .describe(
            "Address or name of something else that answers. Default: `service` says where the requests go.",
          ),
        follows: z
          .string()
          .min(1)
          .optional()
          .describe(
            "Whose address `host` is, where it was taken from there and changes with it, e.g. `traefikPairs.traefik`. Default: it is the address of a host that nothing moves.",
          ),
        port: port.describe("Its port."),
        scheme,
        serverName,
      })
      .superRefine(({ service, namespace, host: other }, context) => {
        const both = service !== undefined && other !== undefined;
        const neither = service === undefined && other === undefined;
        if (!both && !neither && (service === undefined || namespace !== undefined)) return;
        const found = both
          ? "service and host"
          : neither
            ? "neither"
            : "a service without namespace";
        context.addIssue({
          code: "custom",
          message: `found ${found}, expected service with its namespace, or host; say where the requests go`,
        });
      })
      .describe(
        "A Kubernetes Service by its name, or a host; the address of a Service or of a virtual address is never written by hand.",
      ),
  })
  .describe("One public host name, and where it leads.")
  .transform(({ hostname: host, origin }) => ({
    hostname: host,
    origin: { ...origin, serverName: origin.serverName ?? host.replace(/^\*\./, "") },
  }));

type Rule = z.output<typeof rule>;

/** The origin as the tunnel writes it; a Service by the name that resolves to it inside the cluster. */
function originUrl({ origin: { service, namespace, host, scheme: how, port: at } }: Rule): string {
  const name = host === undefined ? `${service}.${namespace}.svc.cluster.local` : hostText(host);
  return `${how}://${name}:${at}`;
}

const connectorArgs = z
  .strictObject({
    ...connectorsSchema.unwrap().shape,
    hosts: z
      .array(resolvedHostSchema.describe("A host that holds the tunnel open."))
      .min(2)
      .describe("Hosts that run cloudflared as a systemd unit, two or more on different nodes."),
  })
  .optional()
  .describe(
    "Hosts that hold the tunnel open, for a house without Kubernetes. Default: pods in the cluster do.",
  );

/** What a tunnel is made of, by value. */
export const tunnelArgsSchema = z
  .strictObject({
    accountId,
    zone,
    namespace,
    replicas,
    image: image.default(TESTED_IMAGE).describe("Image of cloudflared, with its version."),
    ingress: z
      .array(rule)
      .min(1)
      .describe(
        "Public host names and the Services behind them; the first rule that matches wins.",
      ),
    connectors: connectorArgs,
    existing,
    ssh: sshSchema
      .optional()
      .describe("How the hosts of `connectors` are reached over SSH. Default: there are none."),
  })
  .superRefine(({ connectors, ssh }, context) => {
    if (connectors === undefined || ssh !== undefined) return;
    const message = "missing beside connectors; state how their hosts are reached";
    context.addIssue({ code: "custom", path: ["ssh"], message });
  });

/** The checked facts of a tunnel. */
export type TunnelFacts = Omit<z.output<typeof tunnelArgsSchema>, "ssh">;

/** Rules that lead outside the zone, that no request reaches, or that name an address. */
export function judgeTunnel(facts: TunnelFacts): Finding[] {
  const hostnames = facts.ingress.map((current) => current.hostname);
  return [
    ...judgeHostnames(facts.zone, hostnames),
    ...judgeRecords(Object.keys(facts.existing?.records ?? {}), hostnames),
    ...facts.ingress.flatMap((current, index) =>
      // A Service named by an address is a mistake; a host may be one.
      (current.origin.host === undefined ? judgeOrigin : judgeOriginForm)(originUrl(current)).map(
        (finding) => ({ ...finding, path: ["ingress", index, "origin"] }),
      ),
    ),
    ...connectorFindings(facts),
  ];
}

/** Hosts that hold the tunnel open: on different nodes, and able to reach what they lead to. */
function connectorFindings({ connectors, ingress: rules }: TunnelFacts): Finding[] {
  if (connectors === undefined) return [];
  return [
    ...judgeConnectors(connectors.hosts).map((finding) => ({
      ...finding,
      path: ["connectors", ...finding.path],
    })),
    ...rules.flatMap(({ origin }, index): Finding[] =>
      origin.service === undefined
        ? []
        : [
            {
              rule: "tunnel-connectors",
              path: ["ingress", index, "origin", "service"],
              message: `"${origin.service}" is a Service of Kubernetes, whose name the hosts under connectors cannot resolve`,
              fix: "leave connectors out, so that pods hold the tunnel open",
              severity: "error",
            },
          ],
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
    service: originUrl(current),
    ...(current.origin.scheme === "https" && {
      originRequest: {
        // The origin's own name or address is in no public certificate: without this name, 502.
        originServerName: current.origin.serverName,
        http2Origin: true,
        noTlsVerify: false,
      },
    }),
  }));
  return [...rules, { service: "http_status:404" }];
}
