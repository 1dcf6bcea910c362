import type * as pulumi from "@pulumi/pulumi";
import { guestContainer } from "./components/guests/container";
import { lookForGuests } from "./components/guests/location";
import { guestVm } from "./components/guests/vm";
import { HaGroup } from "./components/ha-group";
import { compareVersion } from "./components/ha-group/cluster-version";
import { backupJob, startupOrder } from "./components/ha-group/guests";
import { KeepalivedLb } from "./components/keepalived-lb";
import { MetalLbService } from "./components/metallb-service";
import { connectionTo, type SshArgs } from "./components/shared/host-files";
import { TraefikHaPair } from "./components/traefik-ha-pair";
import { TunnelIngress } from "./components/tunnel-ingress";
import { clusterModel } from "./config/cluster-model";
import { type LoadedStack, loadStack, type PlainSecrets } from "./config/load";
import type { DeclaredGuest } from "./model/placement/guest-location";
import { storageTiers } from "./model/storage/tiers";

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
  const ssh: SshArgs = { ...resolved.ssh, privateKey: loaded.sshPrivateKey };

  await compareVersion(loaded.stack.cluster.pveVersion);
  const lost = await lookForGuests(declaredGuests(resolved));
  const containers = createContainers(resolved.createdGuests, lost);
  const after = { dependsOn: Object.values(containers) };
  const control = resolved.controlHost && connectionTo(resolved.controlHost, ssh);
  each(
    resolved.haGroups,
    (name, args) => new HaGroup(name, { ...args, connection: control }, { ...after, containers }),
  );
  lookAfter(resolved.guestsOutsideHa, containers, control);

  const pairs = each(
    resolved.traefikPairs,
    (name, args) => new TraefikHaPair(name, { ...args, ssh }, after),
  );
  const balancers = each(resolved.apiLoadBalancers, (name, args) => {
    const statsPassword = loaded.statsPasswords[name];
    return new KeepalivedLb(name, { ...args, ssh, statsPassword }, after);
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
      (_name, { address, endpoint, certificateSans, kubeadm, firewall }) => ({
        address,
        endpoint,
        certificateSans,
        kubeadm,
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
    storageTiers: storageTiers(clusterModel(loaded.stack)),
  };
}

type Resolved = LoadedStack["resolved"];
type Containers = Record<string, pulumi.Resource>;

/** Every guest of the stack file, in the order of their VMIDs. */
function declaredGuests({ haGroups, guestsOutsideHa, createdGuests }: Resolved): DeclaredGuest[] {
  const inGroups = Object.values(haGroups).flatMap(({ guests }) => guests);
  const declared = (underHa: boolean) => (guest: (typeof inGroups)[number]) => {
    const { name, vmid, type, node } = guest;
    return { name, vmid, type, node, created: createdGuests[name] !== undefined, underHa };
  };
  return [...inGroups.map(declared(true)), ...guestsOutsideHa.guests.map(declared(false))].sort(
    (a, b) => a.vmid - b.vmid,
  );
}

/**
 * One after the other: creating several at once fails on the cluster's locks.
 *
 * @param lost node by name of those that exist, but not in the state
 */
function createContainers(
  guests: Resolved["createdGuests"],
  lost: ReadonlyMap<string, string>,
): Containers {
  const containers: Containers = {};
  let last: pulumi.Resource[] = [];
  for (const [name, guest] of Object.entries(guests)) {
    const make = guest.type === "vm" ? guestVm : guestContainer;
    const container = make(name, { ...guest, lostOn: lost.get(name) }, { dependsOn: last });
    containers[name] = container;
    last = [container];
  }
  return containers;
}

const OUTSIDE_HA = { name: "outside-ha", opts: {} };

/** Start-up order and backup of the guests that are in no HA group. */
function lookAfter(
  { guests, backup }: Resolved["guestsOutsideHa"],
  containers: Containers,
  control: ReturnType<typeof connectionTo> | undefined,
): void {
  for (const { startup, ...guest } of guests) {
    if (startup && control && !containers[guest.name]) {
      startupOrder(OUTSIDE_HA, { ...guest, startup }, control);
    }
  }
  const saved = guests.filter((guest) => guest.backup);
  const dependsOn = saved.flatMap((guest) => containers[guest.name] ?? []);
  if (saved.length > 0) backupJob({ ...OUTSIDE_HA, opts: { dependsOn } }, saved, backup);
}

function each<T, R>(
  section: Record<string, T>,
  make: (name: string, value: T) => R,
): Record<string, R> {
  return Object.fromEntries(
    Object.entries(section).map(([name, value]) => [name, make(name, value)]),
  );
}
