import type { DnsRecordArgs } from "@pulumi/cloudflare/dnsRecord";
import type { ZeroTrustTunnelCloudflaredArgs } from "@pulumi/cloudflare/zeroTrustTunnelCloudflared";
import type { ZeroTrustTunnelCloudflaredConfigArgs } from "@pulumi/cloudflare/zeroTrustTunnelCloudflaredConfig";
import type { CommandArgs } from "@pulumi/command/remote/command";
import type { DeploymentArgs } from "@pulumi/kubernetes/apps/v1/deployment";
import type { NamespaceArgs } from "@pulumi/kubernetes/core/v1/namespace";
import type { SecretArgs } from "@pulumi/kubernetes/core/v1/secret";
import type { PodDisruptionBudgetArgs } from "@pulumi/kubernetes/policy/v1/podDisruptionBudget";
import type * as pulumi from "@pulumi/pulumi";
import type { Transform } from "../shared/transform";

/** Options of `TunnelIngress`. */
export interface TunnelIngressOptions extends pulumi.ComponentResourceOptions {
  /** Last word over each kind of child. @default what the component makes */
  transform?: TunnelTransforms;
}

/** One key for each Kubernetes object of the connectors. */
export interface ConnectorTransforms {
  /** Namespace of cloudflared. */
  namespace?: Transform<NamespaceArgs>;
  /** Secret with the tunnel's token. */
  secret?: Transform<SecretArgs>;
  /** How many cloudflared pods a drain must leave running. */
  podDisruptionBudget?: Transform<PodDisruptionBudgetArgs>;
  /** The cloudflared pods. */
  deployment?: Transform<DeploymentArgs>;
}

/** One key for each kind of file and command on the hosts of `connectors`. */
export interface HostConnectorTransforms {
  /** Debian packages that the download needs. */
  packages?: Transform<CommandArgs>;
  /** Puts the release of cloudflared in place. */
  cloudflared?: Transform<CommandArgs>;
  /** File with the tunnel's token, for root alone. */
  connectorToken?: Transform<CommandArgs>;
  /** systemd unit of cloudflared. */
  connectorUnit?: Transform<CommandArgs>;
  /** Waits until cloudflared is connected. */
  connectorHealth?: Transform<CommandArgs>;
}

/** One key for each kind of child of a `TunnelIngress`. */
export interface TunnelTransforms extends ConnectorTransforms, HostConnectorTransforms {
  /** The tunnel. */
  tunnel?: Transform<ZeroTrustTunnelCloudflaredArgs>;
  /** Its ingress rules. */
  config?: Transform<ZeroTrustTunnelCloudflaredConfigArgs>;
  /** The DNS record of a host name. */
  dnsRecord?: Transform<DnsRecordArgs>;
}
