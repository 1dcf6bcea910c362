import {
  type ClusterSnapshot,
  openProxmox,
  ProxmoxError,
  type ProxmoxOptions,
  type ReadOptions,
  readCluster,
} from "../../clients/proxmox";
import { PreconditionError } from "./usage";

/**
 * Reads a whole cluster through its API.
 *
 * @param access where it is; asked for only here, so that its mistakes are told in the same way
 * @param progress says what goes on
 * @throws PreconditionError in one line for whatever keeps it from being read: half an answer is none
 */
export async function readLiveCluster(
  access: () => ProxmoxOptions,
  progress: (line: string) => void,
  options: ReadOptions = {},
): Promise<ClusterSnapshot> {
  try {
    const client = openProxmox(access());
    progress(`reading the cluster at ${client.origin}`);
    try {
      return await readCluster(client, options);
    } finally {
      client.close();
    }
  } catch (error) {
    throw error instanceof ProxmoxError ? new PreconditionError(error.message) : error;
  }
}
