import { Provider as Proxmox } from "@muhlba91/pulumi-proxmoxve/provider";
import * as kubernetes from "@pulumi/kubernetes/provider";
import * as pulumi from "@pulumi/pulumi";
import { joinSite } from "../shared/site-names";

/** Arguments of `Site`. */
export interface SiteArgs {
  /** URL of the site's Proxmox API. */
  endpoint: string;
  /** API token of the site's Proxmox. */
  apiToken: pulumi.Input<string>;
  /** Whether the API's certificate is taken unseen. @default false */
  insecure?: boolean;
  /** Context in the kubeconfig that leads to the site's Kubernetes cluster. @default the site has none */
  context?: string;
}

/**
 * One of several Proxmox clusters of a program, with providers of its own. Whatever has it for its
 * parent is made there, and has a name that begins with the site's.
 */
export class Site extends pulumi.ComponentResource {
  /** Asks the site's Proxmox: for functions of the provider. */
  readonly proxmox: Proxmox;

  constructor(name: string, args: SiteArgs, opts?: pulumi.ComponentResourceOptions) {
    const { endpoint, apiToken, insecure = false, context } = args;
    const proxmox = new Proxmox(`${name}-proxmox`, { endpoint, apiToken, insecure });
    const cluster =
      context === undefined ? [] : [new kubernetes.Provider(`${name}-kubernetes`, { context })];
    const facts = { endpoint, ...(context !== undefined && { context }) };
    super("homelab:components:Site", name, facts, { ...opts, providers: [proxmox, ...cluster] });
    joinSite(this, name);
    this.proxmox = proxmox;
    this.registerOutputs({});
  }
}
