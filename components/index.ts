/**
 * The components of this package, for programs that use some of them, in TypeScript or, as a Pulumi
 * component package, in any language of Pulumi.
 */
export { HaGroup } from "./ha-group";
export { KeepalivedLb } from "./keepalived-lb";
export { MetalLbService } from "./metallb-service";
export { TraefikHaPair } from "./traefik-ha-pair";
export { TunnelIngress } from "./tunnel-ingress";
