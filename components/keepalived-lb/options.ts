import type { CommandArgs } from "@pulumi/command/remote/command";
import type * as pulumi from "@pulumi/pulumi";
import type { Transform } from "../shared/transform";
import type { VrrpTransforms } from "../shared/vrrp-member";

/** Options of `KeepalivedLb`. */
export interface KeepalivedLbOptions extends pulumi.ComponentResourceOptions {
  /** Last word over each kind of child. @default what the component makes */
  transform?: LbTransforms;
}

/** One key for each kind of child of a `KeepalivedLb`. */
export interface LbTransforms extends VrrpTransforms {
  /** The CA's certificate, where its text is known. */
  caCertificate?: Transform<CommandArgs>;
  /** Client certificate and key that the check shows, where they are known. */
  clientCertificate?: Transform<CommandArgs>;
  /** HAProxy's configuration. */
  haproxyCfg?: Transform<CommandArgs>;
  /** Makes the CA on the first master; with `kubeadm.join` only, as all that follow. */
  kubeadmCa?: Transform<CommandArgs>;
  /** Runs `kubeadm init` on the first master. */
  kubeadmInit?: Transform<CommandArgs>;
  /** Script on the first master that is all a joining node may run there. */
  kubeadmForcedCommand?: Transform<CommandArgs>;
  /** Makes a joining node's own SSH key. */
  kubeadmKey?: Transform<CommandArgs>;
  /** Lets that key in on the first master. */
  kubeadmAuthorize?: Transform<CommandArgs>;
  /** Runs `kubeadm join` on a node. */
  kubeadmJoin?: Transform<CommandArgs>;
}

/** Kinds of children of a `KeepalivedLb`. */
export type LbKind = keyof LbTransforms;
