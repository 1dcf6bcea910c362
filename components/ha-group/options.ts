import type { JobArgs } from "@muhlba91/pulumi-proxmoxve/backup/job";
import type { HagroupArgs } from "@muhlba91/pulumi-proxmoxve/hagroup";
import type { HaresourceArgs } from "@muhlba91/pulumi-proxmoxve/haresource";
import type { HaruleArgs } from "@muhlba91/pulumi-proxmoxve/harule";
import type { ReplicationArgs } from "@muhlba91/pulumi-proxmoxve/replication";
import type { CommandArgs } from "@pulumi/command/remote/command";
import type * as pulumi from "@pulumi/pulumi";
import type { Transform } from "../shared/transform";

/** Options of `HaGroup`. */
export interface HaGroupOptions extends pulumi.ComponentResourceOptions {
  /**
   * The guests that this program creates, by name: HA waits for them, and they set their own
   * start-up order. @default none: all of them exist already
   */
  containers?: Readonly<Record<string, pulumi.Resource>>;
  /** Node on which each guest runs now, by name. @default at home */
  runsOn?: Readonly<Record<string, string>>;
  /** Whether the cluster has HA resources already, and so an HA manager. @default true */
  haInUse?: boolean;
  /** Last word over each kind of child. @default what the component makes */
  transform?: HaGroupTransforms;
}

/** One key for each kind of child that the HA manager knows. */
export interface PlacementTransforms {
  /** The HA group; PVE 8 only. */
  group?: Transform<HagroupArgs>;
  /** A guest under HA. */
  resource?: Transform<HaresourceArgs>;
  /** An HA rule; PVE 9 only. */
  rule?: Transform<HaruleArgs>;
  /** The step that waits for the HA manager before keep-apart rules. */
  manager?: Transform<CommandArgs>;
}

/** One key for each kind of child that looks after the guests. */
export interface GuestTransforms {
  /** A replication job. */
  replication?: Transform<ReplicationArgs>;
  /** The step that brings guests home before HA takes them over. */
  home?: Transform<CommandArgs>;
  /** Sets the start-up order of a guest that exists already. */
  startup?: Transform<CommandArgs>;
  /** The backup job. */
  backup?: Transform<JobArgs>;
}

/** One key for each kind of child of an `HaGroup`. */
export interface HaGroupTransforms extends PlacementTransforms, GuestTransforms {}
