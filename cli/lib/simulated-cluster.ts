import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { StackConfig } from "../../config/stack";
import { serveProxmoxApi } from "../../sim/proxmox/api-server/server";
import { siteFromStack } from "../../sim/proxmox/api-server/site";
import { worldFromStack } from "../../sim/seed";
import { World } from "../../sim/world";
import { rehearsalDir, worldFile } from "../run/workplace";

/** Where a rehearsal is kept, and who is told of it. */
interface Kept {
  stateDir?: string;
  progress: (line: string) => void;
}

/** The platforms that a rehearsal left in a folder, or fresh ones that nothing is kept of. */
export function keptWorld(folder: string, config: StackConfig): World {
  const file = worldFile(folder);
  const seed = worldFromStack(config);
  return existsSync(file) ? World.open(file, seed) : World.inMemory(seed);
}

/** Serves the cluster that a rehearsal left, behind the same API as a real one. */
export async function serveKept(
  { stateDir, progress }: Kept,
  { stack, config }: { stack: string; config: StackConfig },
) {
  const folder = stateDir === undefined ? rehearsalDir(stack) : resolve(stateDir);
  if (!existsSync(worldFile(folder))) {
    progress(
      `${stateDir ?? "the stack's own folder"} keeps no rehearsal: reading a cluster with the existing guests only`,
    );
  }
  const world = keptWorld(folder, config);
  const api = await serveProxmoxApi({
    state: () => world.state.proxmox,
    site: siteFromStack(config),
  });
  const { endpoint, token, certificate } = api;
  return {
    access: { endpoint, token, fingerprint: certificate.fingerprint },
    close: api.stop,
  };
}
