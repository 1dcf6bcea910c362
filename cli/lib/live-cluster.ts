import {
  type ClusterSnapshot,
  openProxmox,
  optionsFromEnvironment,
  ProxmoxError,
  type ProxmoxOptions,
  type ReadOptions,
  readCluster,
} from "../../clients/proxmox";
import { PreconditionError } from "./usage";

/**
 * The way to the Proxmox API of a stack: from the environment, with the address of the site where a
 * stack has several. So no site is ever held against the cluster of another.
 *
 * @param endpoint that of the site. @default the stack has one cluster
 * @throws ProxmoxError of the kind `settings`
 */
export function proxmoxAccess(
  env: Readonly<Record<string, string | undefined>>,
  endpoint: string | undefined,
): ProxmoxOptions {
  if (endpoint === undefined) return optionsFromEnvironment(env);
  const { PROXMOX_VE_ENDPOINT: stated } = env;
  if (stated && hostOf(stated) !== hostOf(endpoint)) {
    throw new ProxmoxError(
      "settings",
      `PROXMOX_VE_ENDPOINT: found ${JSON.stringify(stated)}, but this site is at ${endpoint}; unset it, and set PROXMOX_VE_API_TOKEN to a token of this site`,
    );
  }
  return optionsFromEnvironment({ ...env, PROXMOX_VE_ENDPOINT: endpoint });
}

const hostOf = (url: string) => (URL.canParse(url) ? new URL(url).host : url);

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
