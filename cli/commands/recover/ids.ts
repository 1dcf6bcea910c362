/** Part of a resource in an exported stack that tells where it would be on its platform. */
export interface PendingResource {
  urn: string;
  type: string;
  inputs?: Record<string, unknown>;
}

/** What can be found out about a resource whose creation was cut off. */
export type PendingId =
  /** Its id follows from its inputs: the platform can be asked. */
  | { kind: "id"; id: string }
  /** Its id was drawn by Cloudflare: it has to be looked up by name. */
  | { kind: "lookup"; find: "tunnel" | "record" }
  /** Nothing stays behind, or doing it again does no harm. */
  | { kind: "repeatable"; why: string }
  /** Nobody can tell from here. */
  | { kind: "unknown" };

const idInput: Record<string, string> = {
  "proxmoxve:index/hagroup:Hagroup": "group",
  "proxmoxve:index/haresource:Haresource": "resourceId",
  "proxmoxve:index/harule:Harule": "rule",
  "proxmoxve:index/replication:Replication": "resourceId",
  "proxmoxve:backup/job:Job": "resourceId",
};

/** Where a resource would be on its platform: its id there. */
export function pendingId(resource: PendingResource): PendingId {
  const { type, inputs = {} } = resource;
  const key = idInput[type];
  if (key !== undefined) return idFrom(inputs[key]);
  if (type.startsWith("kubernetes:")) return kubernetesId(inputs);
  if (type.startsWith("command:")) {
    return { kind: "repeatable", why: "its script may run twice" };
  }
  if (type.startsWith("pulumi:providers:")) {
    return { kind: "repeatable", why: "a provider exists in the state only" };
  }
  switch (type) {
    case "proxmoxve:index/containerLegacy:ContainerLegacy":
    case "proxmoxve:index/vmLegacy:VmLegacy":
      return idFrom(inputs.vmId);
    case "cloudflare:index/zeroTrustTunnelCloudflared:ZeroTrustTunnelCloudflared":
      return { kind: "lookup", find: "tunnel" };
    case "cloudflare:index/dnsRecord:DnsRecord":
      return { kind: "lookup", find: "record" };
    case "cloudflare:index/zeroTrustTunnelCloudflaredConfig:ZeroTrustTunnelCloudflaredConfig":
      return idFrom(inputs.tunnelId);
    default:
      return { kind: "unknown" };
  }
}

function kubernetesId(inputs: Record<string, unknown>): PendingId {
  const metadata = inputs.metadata as { name?: unknown; namespace?: unknown } | undefined;
  if (metadata?.namespace === undefined) return idFrom(metadata?.name);
  const name = idFrom(metadata.name);
  return name.kind === "id" ? { kind: "id", id: `${metadata.namespace}/${name.id}` } : name;
}

function idFrom(value: unknown): PendingId {
  if (typeof value === "number") return { kind: "id", id: String(value) };
  return typeof value === "string" && value !== ""
    ? { kind: "id", id: value }
    : { kind: "unknown" };
}
