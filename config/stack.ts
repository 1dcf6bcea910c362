import { z } from "zod";
import { pageUrl } from "../model/pages";
import { apiLoadBalancerSchema } from "./sections/api-load-balancers";
import { clusterSchema } from "./sections/cluster";
import { cutoverSchema } from "./sections/cutovers";
import { dnsRecordSchema } from "./sections/dns";
import { guestSchema } from "./sections/guests";
import { haGroupSchema } from "./sections/ha-groups";
import { kubernetesClusterSchema } from "./sections/kubernetes/clusters";
import { kubernetesIngressSchema } from "./sections/kubernetes-ingress";
import { guestName, hostname, name } from "./sections/network";
import { backupsSchema } from "./sections/operation/backups";
import { monitoringSchema } from "./sections/operation/monitoring";
import { resilienceSchema } from "./sections/resilience";
import { filesSchema } from "./sections/section-files-field";
import { servicePairSchema } from "./sections/services/service-pairs";
import { traefikPairSchema } from "./sections/traefik-pairs";
import { tunnelSchema } from "./sections/tunnels";
import type { VrrpSection } from "./virtual-addresses";

/** Section that names files with more sections; the whole stack file has it, a site has not. */
export const FILES_SECTION = "files";

/** Every section of `Pulumi.<stack>.yaml`, as it is written. */
export const stackSchema = z.strictObject({
  cluster: clusterSchema.describe("The Proxmox cluster: nodes, networks, storages, backup."),
  guests: z
    .record(guestName, guestSchema)
    .describe("Every container and virtual machine, by name."),
  traefikPairs: z
    .record(name, traefikPairSchema)
    .default({})
    .describe("Traefik pairs with a virtual address, by name."),
  haGroups: z
    .record(name, haGroupSchema)
    .default({})
    .describe("HA placement, by name of the group."),
  apiLoadBalancers: z
    .record(name, apiLoadBalancerSchema)
    .default({})
    .describe("HAProxy pairs in front of Kubernetes API servers, by name."),
  servicePairs: z
    .record(name, servicePairSchema)
    .default({})
    .describe(
      `Any other service behind a virtual address, e.g. two resolvers, by name; see ${pageUrl("service-pair.md")}.`,
    ),
  kubernetes: z
    .record(name, kubernetesClusterSchema)
    .default({})
    .describe(
      "Kubernetes clusters whose API is not behind a pair of this stack, by name; one that is stands in `apiLoadBalancers`.",
    ),
  kubernetesIngress: z
    .record(name, kubernetesIngressSchema)
    .default({})
    .describe("Addresses of Traefik in Kubernetes, by name of the Service."),
  tunnels: z.record(name, tunnelSchema).default({}).describe("Cloudflare tunnels, by name."),
  dns: z
    .record(hostname, dnsRecordSchema)
    .default({})
    .describe(
      "Internal DNS records and what they point at, by host name; for reports, not managed here.",
    ),
  cutovers: z
    .record(name, cutoverSchema)
    .default({})
    .describe(
      `Moves of clients from one address to another, by name; see ${pageUrl("cutover.md")}.`,
    ),
  resilience: resilienceSchema
    .optional()
    .describe("Services that must survive one loss; a change that ends that is refused."),
  backups: backupsSchema
    .optional()
    .describe(
      `Backups of the members' files and certificates, away from the pairs; see ${pageUrl("backup.md")}. Default: none.`,
    ),
  monitoring: monitoringSchema
    .optional()
    .describe(
      `What members serve metrics with, and when there is an alert; see ${pageUrl("monitoring.md")}. Default: members serve none.`,
    ),
  [FILES_SECTION]: filesSchema
    .optional()
    .describe(
      `Files with more sections, as paths from the folder of the stack file, for what makes it too large; see ${pageUrl("configuration.md")}.`,
    ),
});

/** A stack configuration that passed the schema, with what the file states. */
export type StatedStack = z.output<typeof stackSchema>;

type StatedGuest = StatedStack["guests"][string];

/**
 * The same with what was worked out (`config/worked-out.ts`); see `parseStack` for the checks across
 * sections.
 */
export type StackConfig = Omit<StatedStack, "guests" | VrrpSection> & {
  guests: Record<string, StatedGuest & { purpose: string }>;
} & {
  [section in VrrpSection]: Record<
    string,
    StatedStack[section][string] & { virtualRouterId: number }
  >;
};
export type GuestConfig = StackConfig["guests"][string];
export type TraefikPairConfig = StackConfig["traefikPairs"][string];
export type HaGroupConfig = StackConfig["haGroups"][string];
export type StorageConfig = StackConfig["cluster"]["storages"][string];
