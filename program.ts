import * as kubernetes from "@pulumi/kubernetes/provider";
import { createGuests } from "./components/guests/created";
import { lookForGuests } from "./components/guests/location";
import { guestsOutsideHa } from "./components/guests/outside-ha";
import { HaGroup } from "./components/ha-group";
import { compareVersion } from "./components/ha-group/cluster-version";
import { KeepalivedLb } from "./components/keepalived-lb";
import { MetalLbService } from "./components/metallb-service";
import { ServicePair } from "./components/service-pair";
import { connectionTo, type Ssh } from "./components/shared/host-files";
import { inSite } from "./components/shared/site-names";
import { Site } from "./components/site";
import { TraefikHaPair } from "./components/traefik-ha-pair";
import { TunnelIngress } from "./components/tunnel-ingress";
import { tiersOf } from "./config/cluster-model";
import { tunnelCluster } from "./config/kubernetes-objects";
import { type LoadedSite, loadStack } from "./config/load";
import type { StackSecrets } from "./config/secret-problems";

/**
 * The whole stack: configuration, then the components in the order in which they need each other.
 * Every site is checked before anything of the first is registered.
 *
 * @param fallback secrets for a preview without credentials, used where the stack sets none
 * @param folder folder of the stack file. @default the project's
 * @returns the stack's outputs; those of each site by its name, where there are several
 */
export async function program(
  fallback?: Partial<StackSecrets>,
  folder?: string,
): Promise<Record<string, unknown>> {
  const loaded = loadStack(fallback, folder);
  const [first] = loaded;
  if (first && first.site === undefined) return cluster(first);
  // At once: one that does not answer keeps no other waiting.
  const outputs = await Promise.all(
    loaded.map(async (one) => [one.site?.name ?? "", await cluster(one)] as const),
  );
  return { sites: Object.fromEntries(outputs) };
}

/** One cluster and all that goes with it. */
async function cluster(loaded: LoadedSite): Promise<Record<string, unknown>> {
  const { resolved } = loaded;
  const ssh: Ssh = { ...resolved.ssh, privateKey: loaded.sshPrivateKey };
  const parent = loaded.site && site(loaded.site);
  const within = parent ? { parent } : {};

  await compareVersion(loaded.stack.cluster.pveVersion, parent);
  const { lost, runsOn, haInUse } = await lookForGuests(resolved.declaredGuests, parent);
  const containers = createGuests(resolved.createdGuests, lost, parent);
  const after = { ...within, dependsOn: Object.values(containers) };
  const control = resolved.controlHost && connectionTo(resolved.controlHost, ssh);
  each(
    resolved.haGroups,
    (name, args) =>
      new HaGroup(
        name,
        { ...args, connection: control },
        { ...after, containers, runsOn, haInUse },
      ),
  );
  guestsOutsideHa(resolved.guestsOutsideHa, containers, control, parent);

  const pairs = each(
    resolved.traefikPairs,
    (name, args) => new TraefikHaPair(name, { ...args, ssh }, after),
  );
  const balancers = each(resolved.apiLoadBalancers, (name, args) => {
    const secrets = {
      statsPassword: loaded.statsPasswords[name],
      clientCertificate: loaded.apiClientCertificates[name],
    };
    return new KeepalivedLb(name, { ...args, ssh, ...secrets }, after);
  });
  const services = each(
    resolved.servicePairs,
    (name, args) => new ServicePair(name, { ...args, ssh }, after),
  );
  const clusters = kubernetesClusters(loaded, parent);
  const ingress = each(resolved.kubernetesIngress, (name, args) => {
    const { cluster } = loaded.stack.kubernetesIngress[name] ?? {};
    return new MetalLbService(name, args, { ...within, ...clusters(cluster) });
  });
  const tunnels = each(resolved.tunnels, (name, args) => {
    // Hosts may be guests that are made here, and answer only when those are there.
    const hosts = args.connectors ? { ssh } : {};
    const before = args.connectors ? Object.values(containers) : [];
    const dependsOn = [...Object.values(ingress), ...before];
    const cluster = clusters(tunnelCluster(loaded.stack, name));
    return new TunnelIngress(name, { ...args, ...hosts }, { ...within, ...cluster, dependsOn });
  });

  return {
    traefikPairs: each(pairs, (_name, pair) => ({ address: pair.address })),
    apiLoadBalancers: each(
      balancers,
      (_name, { address, endpoint, certificateSans, kubeadm, nodeConfiguration, firewall }) => ({
        address,
        endpoint,
        certificateSans,
        kubeadm,
        nodeConfiguration,
        firewall,
      }),
    ),
    servicePairs: each(services, (_name, pair) => ({ address: pair.address })),
    kubernetesIngress: each(
      ingress,
      (_name, { address, dnsName, helmValues, helmValuesAfterMove }) => ({
        address,
        dnsName,
        helmValues,
        helmValuesAfterMove,
      }),
    ),
    tunnels: each(tunnels, (_name, { tunnelId, hostnames }) => ({ tunnelId, hostnames })),
    storageTiers: tiersOf(loaded.stack),
  };
}

/** The platforms of one of several sites. */
function site({
  name,
  proxmox,
  proxmoxToken,
  kubernetesContext: context,
}: NonNullable<LoadedSite["site"]>): Site {
  const apiToken = proxmoxToken;
  return new Site(name, { ...proxmox, apiToken, ...(context !== undefined && { context }) });
}

/**
 * Providers of the Kubernetes clusters that state a context of their own.
 *
 * @returns options for what is made in a cluster; none where it has the provider of the whole stack or site
 */
function kubernetesClusters({ contexts }: LoadedSite, parent: Site | undefined) {
  const providers = each(contexts, (name, context) => {
    const own = inSite(`${name}-kubernetes`, parent);
    return new kubernetes.Provider(own, { context }, parent ? { parent } : {});
  });
  return (cluster: string | undefined): { providers?: kubernetes.Provider[] } => {
    const provider = cluster === undefined ? undefined : providers[cluster];
    return provider ? { providers: [provider] } : {};
  };
}

function each<T, R>(
  section: Record<string, T>,
  make: (name: string, value: T) => R,
): Record<string, R> {
  return Object.fromEntries(
    Object.entries(section).map(([name, value]) => [name, make(name, value)]),
  );
}
