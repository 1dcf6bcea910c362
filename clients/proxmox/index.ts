/** The API of a Proxmox cluster, read only: `readCluster(openProxmox(optionsFromEnvironment(process.env)))`. */

export type * from "../../model/cluster-snapshot";
export { openProxmox, type Proxmox } from "./client";
export { ProxmoxError } from "./errors";
export { type ReadOptions, readCluster } from "./read-cluster";
export { optionsFromEnvironment, type ProxmoxOptions } from "./settings";
