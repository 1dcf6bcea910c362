/**
 * The components of this package, for programs that use some of them, in TypeScript or, as a Pulumi
 * component package, in any language of Pulumi. Each is beside that a module of its own
 * (`homelab-ha/traefik-ha-pair`), which loads the packages that it needs and no other.
 */
export { HaGroup } from "./ha-group";
export * from "./ha-group/args";
export type { HaGroupOptions, HaGroupTransforms } from "./ha-group/options";
export { KeepalivedLb } from "./keepalived-lb";
export * from "./keepalived-lb/args";
export type { KeepalivedLbOptions, LbTransforms } from "./keepalived-lb/options";
export { MetalLbService } from "./metallb-service";
export * from "./metallb-service/args";
export type { MetalLbServiceOptions, MetalLbTransforms } from "./metallb-service/options";
export { ServicePair } from "./service-pair";
export * from "./service-pair/args";
export type { ServicePairOptions, ServicePairTransforms } from "./service-pair/options";
export * from "./shared/args";
export type { Transform } from "./shared/transform";
export { TraefikHaPair } from "./traefik-ha-pair";
export * from "./traefik-ha-pair/args";
export type { TraefikHaPairOptions, TraefikTransforms } from "./traefik-ha-pair/options";
export { TunnelIngress } from "./tunnel-ingress";
export * from "./tunnel-ingress/args";
export type { TunnelIngressOptions, TunnelTransforms } from "./tunnel-ingress/options";
