import { DnsRecord, type DnsRecordArgs } from "@pulumi/cloudflare/dnsRecord";
import { getZeroTrustTunnelCloudflaredTokenOutput } from "@pulumi/cloudflare/getZeroTrustTunnelCloudflaredToken";
import { getZonesOutput } from "@pulumi/cloudflare/getZones";
import {
  ZeroTrustTunnelCloudflared,
  type ZeroTrustTunnelCloudflaredArgs,
} from "@pulumi/cloudflare/zeroTrustTunnelCloudflared";
import {
  ZeroTrustTunnelCloudflaredConfig,
  type ZeroTrustTunnelCloudflaredConfigArgs,
} from "@pulumi/cloudflare/zeroTrustTunnelCloudflaredConfig";
import * as pulumi from "@pulumi/pulumi";
import { checkedArgs, refuseErrors, showWarnings } from "../shared/parse-args";
import { inSite, joinSite } from "../shared/site-names";
import { type Owner, transformed } from "../shared/transform";
import type { TunnelIngressArgs } from "./args";
import { tunnelConnectors } from "./connectors";
import { hostConnectors } from "./host-connectors";
import type { TunnelIngressOptions, TunnelTransforms } from "./options";
import { judgeTunnel, type TunnelFacts, tunnelArgsSchema, tunnelRules } from "./rules";

export type { TunnelIngressArgs, TunnelIngressOptions, TunnelTransforms };

/**
 * Public host names that lead through a Cloudflare tunnel to Services of the cluster, or to hosts.
 *
 * Rules, records and connectors are all in code: the tunnel that took every application down
 * pointed, outside code, at the address that was moved. A record is written only when the
 * connectors are ready, so a new tunnel takes over without a gap.
 */
export class TunnelIngress extends pulumi.ComponentResource {
  /** Id of the tunnel; `<id>.cfargotunnel.com` is what the records point at. */
  readonly tunnelId: pulumi.Output<string>;
  /** Host names that lead here, known once their records exist. */
  readonly hostnames: pulumi.Output<string[]>;

  constructor(name: string, args: TunnelIngressArgs, opts?: TunnelIngressOptions) {
    const checked = checkedArgs("TunnelIngress", name, tunnelArgsSchema, args);
    const { ssh, ...facts } = checked.args;
    const warnings = refuseErrors(judgeTunnel(facts), checked.what);
    super("homelab:components:TunnelIngress", inSite(name, opts?.parent), facts, opts);
    joinSite(this, opts?.parent);
    showWarnings(this, warnings);
    const child = { parent: this };

    const owner = { name, transform: opts?.transform, opts: child };
    const zoneId = zoneIdOf(facts, child);
    const tunnel = cloudflareTunnel(owner, facts);
    const config = tunnelConfig(owner, facts, tunnel);
    const token = getZeroTrustTunnelCloudflaredTokenOutput(
      { accountId: facts.accountId, tunnelId: tunnel.id },
      child,
    ).token;
    // Connectors without rules answer 503 to everything.
    const after = { ...owner, opts: { ...child, dependsOn: [config] } };
    const connectors =
      facts.connectors && ssh
        ? hostConnectors(
            { name, parent: this, ssh, transform: opts?.transform },
            facts.connectors,
            { token: pulumi.secret(token), after: config },
          )
        : [tunnelConnectors(after, facts, pulumi.secret(token))];
    const last = { ...owner, opts: { ...child, dependsOn: connectors } };
    const records = facts.ingress.map(({ hostname }) =>
      dnsRecord(last, facts, hostname, zoneId, tunnel),
    );

    this.tunnelId = tunnel.id;
    this.hostnames = pulumi.all(records.map((record) => record.name));
    this.registerOutputs({ tunnelId: this.tunnelId, hostnames: this.hostnames });
  }
}

/** Asks Cloudflare, because where a zone ends cannot be told from its name (`example.co.uk`). */
function zoneIdOf(facts: TunnelFacts, opts: pulumi.InvokeOptions): pulumi.Output<string> {
  const query = { name: facts.zone, account: { id: facts.accountId } };
  return getZonesOutput(query, opts).results.apply((zones) => {
    const zone = zones.find(({ name }) => name === facts.zone);
    if (zone) return zone.id;
    throw new pulumi.RunError(
      `account ${facts.accountId} shows no zone "${facts.zone}"; correct the name, or give the API token the permission Zone:Read for it`,
    );
  });
}

function cloudflareTunnel(
  { name, transform, opts }: Owner<TunnelTransforms>,
  facts: TunnelFacts,
): ZeroTrustTunnelCloudflared {
  const child = transformed<ZeroTrustTunnelCloudflaredArgs>(transform?.tunnel, {
    name,
    args: {
      accountId: facts.accountId,
      name: facts.existing?.name ?? name,
      configSrc: "cloudflare",
    },
    // Names are unique in an account: a new tunnel beside the old one is refused with 409.
    opts: {
      ...opts,
      deleteBeforeReplace: true,
      ...(facts.existing && { import: `${facts.accountId}/${facts.existing.tunnelId}` }),
    },
  });
  return new ZeroTrustTunnelCloudflared(child.name, child.args, child.opts);
}

/** A record that leads here today is taken over: a second one beside it is refused with 400. */
function importOf({ existing }: TunnelFacts, hostname: string): { import?: string } {
  const id = existing?.records[hostname];
  return id === undefined ? {} : { import: `${existing?.zoneId}/${id}` };
}

function tunnelConfig(
  { name, transform, opts }: Owner<TunnelTransforms>,
  facts: TunnelFacts,
  tunnel: ZeroTrustTunnelCloudflared,
): ZeroTrustTunnelCloudflaredConfig {
  const child = transformed<ZeroTrustTunnelCloudflaredConfigArgs>(transform?.config, {
    name: `${name}-config`,
    args: {
      accountId: facts.accountId,
      tunnelId: tunnel.id,
      source: "cloudflare",
      config: { ingresses: tunnelRules(facts) },
    },
    opts,
  });
  return new ZeroTrustTunnelCloudflaredConfig(child.name, child.args, child.opts);
}

function dnsRecord(
  { name, transform, opts }: Owner<TunnelTransforms>,
  facts: TunnelFacts,
  hostname: string,
  zoneId: pulumi.Output<string>,
  tunnel: ZeroTrustTunnelCloudflared,
): DnsRecord {
  const child = transformed<DnsRecordArgs>(transform?.dnsRecord, {
    name: `${name}-${hostname}`,
    args: {
      zoneId,
      name: hostname,
      type: "CNAME",
      content: pulumi.interpolate`${tunnel.id}.cfargotunnel.com`,
      proxied: true,
      // 1 means automatic; Cloudflare accepts nothing else for a proxied record.
      ttl: 1,
    },
    opts: { ...opts, ...importOf(facts, hostname) },
  });
  return new DnsRecord(child.name, child.args, child.opts);
}
