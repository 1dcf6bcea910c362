import { otherProxmoxTypes } from "./other-types";

/** Type tokens of the resources that the rules read, old names of the providers included. */

export const vrrpComponents = [
  "homelab:components:TraefikHaPair",
  "homelab:components:KeepalivedLb",
  "homelab:components:ServicePair",
] as const;
export const haGroupComponent = "homelab:components:HaGroup";
export const metalLbComponent = "homelab:components:MetalLbService";
export const tunnelComponent = "homelab:components:TunnelIngress";

/**
 * The types of one kind in every release of the provider, and of the Terraform provider behind it
 * when a program uses that directly.
 *
 * @param own tokens without the package's name
 * @param terraform resource types of bpg/proxmox, without `proxmox_` and `virtual_environment_`
 */
function proxmoxTypes(own: readonly string[], terraform: readonly string[]): readonly string[] {
  const bridged = (name: string) => {
    const upper = name.charAt(0).toUpperCase() + name.slice(1);
    const long = `virtualEnvironment${upper}`;
    return [
      `proxmox:index/${name}:${upper}`,
      `proxmox:index/${long}:${long.charAt(0).toUpperCase()}${long.slice(1)}`,
    ];
  };
  return [...own.map((token) => `proxmoxve:${token}`), ...terraform.flatMap(bridged)];
}

export const containers = proxmoxTypes(
  ["index/containerLegacy:ContainerLegacy", "CT/container:Container"],
  ["container"],
);
export const virtualMachines = proxmoxTypes(
  [
    "index/vmLegacy:VmLegacy",
    "VM/virtualMachine:VirtualMachine",
    "index/vm:Vm",
    "index/vm2:Vm2",
    "index/vm2Legacy:Vm2Legacy",
    "VM/virtualMachine2:VirtualMachine2",
    "cloned/vm:Vm",
    "cloned/vmLegacy:VmLegacy",
    "VM/clonedVirtualMachine:ClonedVirtualMachine",
  ],
  ["vm", "vm2", "clonedVm"],
);
export const haResources = proxmoxTypes(
  [
    "index/haresource:Haresource",
    "index/haresourceLegacy:HaresourceLegacy",
    "HA/hAResource:HAResource",
  ],
  ["haresource"],
);
export const haRules = proxmoxTypes(
  ["index/harule:Harule", "index/haruleLegacy:HaruleLegacy"],
  ["harule"],
);
export const haGroups = proxmoxTypes(
  ["index/hagroup:Hagroup", "index/hagroupLegacy:HagroupLegacy", "HA/hAGroup:HAGroup"],
  ["hagroup"],
);
export const replications = proxmoxTypes(
  ["index/replication:Replication", "index/replicationLegacy:ReplicationLegacy"],
  ["replication"],
);
/** Storages whose content exists on one node only. */
export const localStorages = proxmoxTypes(
  [
    "storage/lvm:Lvm",
    "storage/lvmLegacy:LvmLegacy",
    "storage/lvmthin:Lvmthin",
    "storage/lvmthinLegacy:LvmthinLegacy",
    "storage/directory:Directory",
    "storage/directoryLegacy:DirectoryLegacy",
    "Storage/lVM:LVM",
    "Storage/lVMThin:LVMThin",
    "Storage/directory:Directory",
  ],
  ["storageLvm", "storageLvmthin", "storageDirectory"],
);
/** Storages that Proxmox can replicate. */
export const zfsStorages = proxmoxTypes(
  ["storage/zfspool:Zfspool", "storage/zfspoolLegacy:ZfspoolLegacy", "Storage/zFSPool:ZFSPool"],
  ["storageZfspool"],
);
/** Storages that every node reaches. */
export const sharedStorages = proxmoxTypes(
  [
    "storage/nfs:Nfs",
    "storage/nfsLegacy:NfsLegacy",
    "storage/cifs:Cifs",
    "storage/cifsLegacy:CifsLegacy",
    "storage/pbs:Pbs",
    "storage/pbsLegacy:PbsLegacy",
    "Storage/nFS:NFS",
    "Storage/cIFS:CIFS",
    "Storage/pBS:PBS",
  ],
  ["storageNfs", "storageCifs", "storagePbs"],
);
export const storages = [...localStorages, ...zfsStorages, ...sharedStorages];

/** Files on a storage, such as the snippets that cloud-init runs. */
export const snippets = proxmoxTypes(
  [
    "Storage/file:File",
    "storage/file:File",
    "storage/fileLegacy:FileLegacy",
    "index/fileLegacy:FileLegacy",
  ],
  ["file"],
);

/** Every type of the Proxmox provider that decides a judgement. */
const judgedProxmoxTypes = new Set([
  ...containers,
  ...virtualMachines,
  ...haResources,
  ...haRules,
  ...haGroups,
  ...replications,
  ...storages,
  ...snippets,
]);
const ignoredProxmoxTypes = new Set(otherProxmoxTypes.map((token) => `proxmoxve:${token}`));

/**
 * Whether a resource belongs to a provider whose types this pack knows, and is none of them: a
 * guest or an HA resource of a newer release may hide behind it.
 */
export function isUnknownType(type: string): boolean {
  if (type.startsWith("command:")) return !commandTypes.has(type);
  if (!/^proxmox(ve)?:/.test(type) || judgedProxmoxTypes.has(type)) return false;
  if (ignoredProxmoxTypes.has(type)) return false;
  // Of the bridged provider only what may be a guest, a storage or part of HA is told apart.
  return (
    !type.startsWith("proxmox:") || /(vm|container|machine|ha[a-z]+|storage|replic)/i.test(type)
  );
}

export const remoteCommand = "command:remote:Command";
export const copyToRemote = "command:remote:CopyToRemote";
export const copyFile = "command:remote:CopyFile";
export const localCommand = "command:local:Command";
/** Resources that bring a text to a host. */
export const carriers = [remoteCommand, copyToRemote, copyFile] as const;
const commandTypes = new Set<string>([...carriers, localCommand, "command:local:run"]);

export const tunnelConfigs = [
  "cloudflare:index/zeroTrustTunnelCloudflaredConfig:ZeroTrustTunnelCloudflaredConfig",
  "cloudflare:index/tunnelConfig:TunnelConfig",
] as const;
export const configMap = "kubernetes:core/v1:ConfigMap";
export const secret = "kubernetes:core/v1:Secret";
export const service = "kubernetes:core/v1:Service";
export const metalLbPool = "kubernetes:metallb.io/v1beta1:IPAddressPool";
export const ciliumPools = [
  "kubernetes:cilium.io/v2:CiliumLoadBalancerIPPool",
  "kubernetes:cilium.io/v2alpha1:CiliumLoadBalancerIPPool",
] as const;
/** What makes the pods of a cluster. */
export const workloads = [
  "kubernetes:apps/v1:DaemonSet",
  "kubernetes:apps/v1:Deployment",
  "kubernetes:apps/v1:StatefulSet",
  "kubernetes:core/v1:Pod",
] as const;
/** A release of Helm; its objects are not among the resources of the stack. */
export const helmRelease = "kubernetes:helm.sh/v3:Release";
/** The same in k3s and RKE2, whose own Traefik is configured so. */
export const helmConfigs = [
  "kubernetes:helm.cattle.io/v1:HelmChart",
  "kubernetes:helm.cattle.io/v1:HelmChartConfig",
] as const;
/** Containers that the Docker provider starts. */
export const dockerContainers = [
  "docker:index/container:Container",
  "docker:index/service:Service",
] as const;
export const disruptionBudget = "kubernetes:policy/v1:PodDisruptionBudget";
export const autoscalers = [
  "kubernetes:autoscaling/v1:HorizontalPodAutoscaler",
  "kubernetes:autoscaling/v2:HorizontalPodAutoscaler",
] as const;
