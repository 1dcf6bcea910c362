/** Type tokens of the resources that the rules read, old names of the providers included. */

export const vrrpComponents = [
  "homelab:components:TraefikHaPair",
  "homelab:components:KeepalivedLb",
] as const;
export const haGroupComponent = "homelab:components:HaGroup";
export const metalLbComponent = "homelab:components:MetalLbService";
export const tunnelComponent = "homelab:components:TunnelIngress";

export const containers = [
  "proxmoxve:index/containerLegacy:ContainerLegacy",
  "proxmoxve:CT/container:Container",
] as const;
export const virtualMachines = [
  "proxmoxve:index/vmLegacy:VmLegacy",
  "proxmoxve:VM/virtualMachine:VirtualMachine",
] as const;
export const haResources = [
  "proxmoxve:index/haresource:Haresource",
  "proxmoxve:index/haresourceLegacy:HaresourceLegacy",
  "proxmoxve:HA/hAResource:HAResource",
] as const;
export const haRules = [
  "proxmoxve:index/harule:Harule",
  "proxmoxve:index/haruleLegacy:HaruleLegacy",
] as const;
export const haGroups = [
  "proxmoxve:index/hagroup:Hagroup",
  "proxmoxve:index/hagroupLegacy:HagroupLegacy",
  "proxmoxve:HA/hAGroup:HAGroup",
] as const;
export const replications = [
  "proxmoxve:index/replication:Replication",
  "proxmoxve:index/replicationLegacy:ReplicationLegacy",
] as const;
/** Storages whose content exists on one node only. */
export const localStorages = [
  "proxmoxve:storage/lvm:Lvm",
  "proxmoxve:storage/lvmLegacy:LvmLegacy",
  "proxmoxve:storage/lvmthin:Lvmthin",
  "proxmoxve:storage/lvmthinLegacy:LvmthinLegacy",
  "proxmoxve:storage/directory:Directory",
  "proxmoxve:storage/directoryLegacy:DirectoryLegacy",
] as const;
/** Storages that Proxmox can replicate. */
export const zfsStorages = [
  "proxmoxve:storage/zfspool:Zfspool",
  "proxmoxve:storage/zfspoolLegacy:ZfspoolLegacy",
] as const;
/** Storages that every node reaches. */
export const sharedStorages = [
  "proxmoxve:storage/nfs:Nfs",
  "proxmoxve:storage/nfsLegacy:NfsLegacy",
  "proxmoxve:storage/cifs:Cifs",
  "proxmoxve:storage/cifsLegacy:CifsLegacy",
] as const;

export const remoteCommand = "command:remote:Command";
export const copyToRemote = "command:remote:CopyToRemote";
export const copyFile = "command:remote:CopyFile";
export const localCommand = "command:local:Command";
/** Resources that bring a text to a host. */
export const carriers = [remoteCommand, copyToRemote, copyFile] as const;

export const tunnelConfigs = [
  "cloudflare:index/zeroTrustTunnelCloudflaredConfig:ZeroTrustTunnelCloudflaredConfig",
  "cloudflare:index/tunnelConfig:TunnelConfig",
] as const;
export const configMap = "kubernetes:core/v1:ConfigMap";
export const service = "kubernetes:core/v1:Service";
export const metalLbPool = "kubernetes:metallb.io/v1beta1:IPAddressPool";
