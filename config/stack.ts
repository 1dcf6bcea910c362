import { z } from "zod";
import { apiLoadBalancerSchema } from "./api-load-balancers";
import { clusterSchema } from "./cluster";
import { dnsRecordSchema } from "./dns";
import { guestSchema } from "./guests";
import { haGroupSchema } from "./ha-groups";
import { kubernetesIngressSchema } from "./kubernetes-ingress";
import { hostname, name } from "./network";
import { traefikPairSchema } from "./traefik-pairs";
import { tunnelSchema } from "./tunnels";

/** Every section of `Pulumi.<stack>.yaml`, as it is written. */
export const stackSchema = z.strictObject({
  cluster: clusterSchema,
  guests: z.record(name, guestSchema),
  traefikPairs: z.record(name, traefikPairSchema).default({}),
  haGroups: z.record(name, haGroupSchema).default({}),
  apiLoadBalancers: z.record(name, apiLoadBalancerSchema).default({}),
  kubernetesIngress: z.record(name, kubernetesIngressSchema).default({}),
  tunnels: z.record(name, tunnelSchema).default({}),
  dns: z.record(hostname, dnsRecordSchema).default({}),
});

/** A stack configuration that passed the schema; see `parseStack` for the checks across sections. */
export type StackConfig = z.output<typeof stackSchema>;
export type GuestConfig = StackConfig["guests"][string];
export type TraefikPairConfig = StackConfig["traefikPairs"][string];
export type HaGroupConfig = StackConfig["haGroups"][string];
export type ApiLoadBalancerConfig = StackConfig["apiLoadBalancers"][string];
export type KubernetesIngressConfig = StackConfig["kubernetesIngress"][string];
export type TunnelConfig = StackConfig["tunnels"][string];
export type StorageConfig = StackConfig["cluster"]["storages"][string];
