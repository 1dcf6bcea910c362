import type { CommandArgs } from "@pulumi/command/remote/command";
import type * as pulumi from "@pulumi/pulumi";
import type { ReplicationTransforms } from "../shared/replication";
import type { Transform } from "../shared/transform";
import type { VrrpTransforms } from "../shared/vrrp-member";

/** Options of `TraefikHaPair`. */
export interface TraefikHaPairOptions extends pulumi.ComponentResourceOptions {
  /** Last word over each kind of child. @default what the component makes */
  transform?: TraefikTransforms;
}

/** One key for each kind of child of a `TraefikHaPair`. */
export interface TraefikTransforms extends VrrpTransforms, ReplicationTransforms {
  /** Script with which the installed Traefik tries new configuration. */
  traefikTry?: Transform<CommandArgs>;
  /** Installs Traefik, or checks that its version is there. */
  traefikBinary?: Transform<CommandArgs>;
  /** Traefik's systemd unit. */
  traefikUnit?: Transform<CommandArgs>;
  /** Traefik's static configuration; certificate resolvers are refused. */
  traefikStatic?: Transform<CommandArgs>;
  /** Routes of this stack, as a file of the dynamic configuration. */
  traefikRoutes?: Transform<CommandArgs>;
  /** File of the dynamic configuration that names the certificates. */
  traefikCertificates?: Transform<CommandArgs>;
  /** Script that watches the dynamic configuration. */
  configWatcher?: Transform<CommandArgs>;
  /** systemd unit of that script. */
  configWatcherUnit?: Transform<CommandArgs>;
  /** systemd service that answers with the checksum of the dynamic configuration. */
  configSumService?: Transform<CommandArgs>;
  /** systemd socket of that service. */
  configSumSocket?: Transform<CommandArgs>;
}

/** Kinds of children of a `TraefikHaPair`. */
export type TraefikKind = keyof TraefikTransforms;
