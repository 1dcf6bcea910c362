import type { CommandArgs } from "@pulumi/command/remote/command";
import type * as pulumi from "@pulumi/pulumi";
import type { ReplicationTransforms } from "../shared/replication";
import type { Transform } from "../shared/transform";
import type { VrrpTransforms } from "../shared/vrrp-member";

/** Options of `ServicePair`. */
export interface ServicePairOptions extends pulumi.ComponentResourceOptions {
  /** Last word over each kind of child. @default what the component makes */
  transform?: ServicePairTransforms;
}

/** One key for each kind of child of a `ServicePair`. */
export interface ServicePairTransforms extends VrrpTransforms, ReplicationTransforms {
  /** Drop-in of the service's systemd unit; with `unit` only. */
  serviceDropIn?: Transform<CommandArgs>;
  /** Mark in the first copied directory; with `replicate` only, as what follows. */
  copiedGuard?: Transform<CommandArgs>;
  /** Script that makes the service read copied files. */
  afterCopy?: Transform<CommandArgs>;
}

/** Kinds of children of a `ServicePair`. */
export type ServiceKind = keyof ServicePairTransforms;
