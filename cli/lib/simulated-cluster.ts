import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { StackConfig } from "../../config/stack";
import { serveProxmoxApi } from "../../sim/proxmox/api-server/server";
import { siteFromStack } from "../../sim/proxmox/api-server/site";
import { worldFromSites, worldFromStack } from "../../sim/seed";
import { placeOf, World } from "../../sim/world";
import { rehearsalDir, worldFile } from "../run/workplace";

/** Where a rehearsal is kept, and who is told of it. */
interface Kept {
  stateDir?: string;
  progress: (line: string) => void;
}

/** A stack, or one of its sites. */
interface KeptStack {
  config: StackConfig;
  /** URL of the site's Proxmox API. @default the stack has one cluster */
  endpoint?: string;
}

/** The platforms that a rehearsal left in a folder, or fresh ones that nothing is kept of. */
export function keptWorld(folder: string, { config, endpoint }: KeptStack): World {
  const file = worldFile(folder);
  const seed =
    endpoint === undefined
      ? worldFromStack(config)
      : worldFromSites([{ stack: config, proxmox: { endpoint } }]);
  const world = existsSync(file) ? World.open(file, seed) : World.inMemory(seed);
  return endpoint === undefined ? world : world.seenFrom(placeOf("proxmoxve", { endpoint }));
}

/** Serves the cluster that a rehearsal left, behind the same API as a real one. */
export async function serveKept(
  { stateDir, progress }: Kept,
  { stack, ...kept }: KeptStack & { stack: string },
) {
  const folder = stateDir === undefined ? rehearsalDir(stack) : resolve(stateDir);
  if (!existsSync(worldFile(folder))) {
    progress(
      `${stateDir ?? "the stack's own folder"} keeps no rehearsal: reading a cluster with the existing guests only`,
    );
  }
  const world = keptWorld(folder, kept);
  const api = await serveProxmoxApi({
    state: () => world.state.proxmox,
    site: siteFromStack(kept.config),
  });
  const { endpoint, token, certificate } = api;
  return {
    access: { endpoint, token, fingerprint: certificate.fingerprint },
    close: api.stop,
  };
}
