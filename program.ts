import { createGuests } from "./components/guests/created";
import { lookForGuests } from "./components/guests/location";
import { guestsOutsideHa } from "./components/guests/outside-ha";
import { HaGroup } from "./components/ha-group";
import { compareVersion } from "./components/ha-group/cluster-version";
import { KeepalivedLb } from "./components/keepalived-lb";
import { MetalLbService } from "./components/metallb-service";
import { connectionTo, type Ssh } from "./components/shared/host-files";
import { TraefikHaPair } from "./components/traefik-ha-pair";
import { TunnelIngress } from "./components/tunnel-ingress";
import { tiersOf } from "./config/cluster-model";
import { loadStack, type PlainSecrets } from "./config/load";

/**
 * The whole stack: configuration, then the components in the order in which they need each other.
 *
 * @param fallback secrets for a preview without credentials, used where the stack sets none
 * @param folder folder of the stack file. @default the project's
 * @returns the stack's outputs
 */
export async function program(
  fallback?: Partial<PlainSecrets>,
  folder?: string,
): Promise<Record<string, unknown>> {
  const loaded = loadStack(fallback, folder);
  const { resolved } = loaded;
  const ssh: Ssh = { ...resolved.ssh, privateKey: loaded.sshPrivateKey };

  await compareVersion(loaded.stack.cluster.pveVersion);
  const { lost, runsOn, haInUse } = await lookForGuests(resolved.declaredGuests);
  const containers = createGuests(resolved.createdGuests, lost);
  const after = { dependsOn: Object.values(containers) };
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
  guestsOutsideHa(resolved.guestsOutsideHa, containers, control);

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
  const ingress = each(resolved.kubernetesIngress, (name, args) => new MetalLbService(name, args));
  const tunnels = each(
    resolved.tunnels,
    (name, args) => new TunnelIngress(name, args, { dependsOn: Object.values(ingress) }),
  );

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

function each<T, R>(
  section: Record<string, T>,
  make: (name: string, value: T) => R,
): Record<string, R> {
  return Object.fromEntries(
    Object.entries(section).map(([name, value]) => [name, make(name, value)]),
  );
}
