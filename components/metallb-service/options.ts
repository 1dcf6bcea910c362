import type { ServiceArgs } from "@pulumi/kubernetes/core/v1/service";
import type { PodDisruptionBudgetArgs } from "@pulumi/kubernetes/policy/v1/podDisruptionBudget";
import type * as pulumi from "@pulumi/pulumi";
import type { Transform } from "../shared/transform";

/** Options of `MetalLbService`. */
export interface MetalLbServiceOptions extends pulumi.ComponentResourceOptions {
  /** Last word over each kind of child. @default what the component makes */
  transform?: MetalLbTransforms;
}

/** One key for each kind of child of a `MetalLbService`. */
export interface MetalLbTransforms {
  /** The Service that has the address; with the variant `beside` only. */
  service?: Transform<ServiceArgs>;
  /** How many pods a drain must leave running. */
  podDisruptionBudget?: Transform<PodDisruptionBudgetArgs>;
}
