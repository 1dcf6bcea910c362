import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import type { Stack } from "@pulumi/pulumi/automation";
import { onTestFinished } from "vitest";
import type { AdoptOptions } from "../../cli/commands/adopt/options";
import { adopt } from "../../cli/commands/adopt/run";
import { openStack } from "../../clients/pulumi/engine";
import type { ProxmoxApi } from "../../sim/proxmox/api-server/server";
import type { Site } from "../../sim/proxmox/api-server/site";
import { startSim } from "../../sim/server";
import type { ProxmoxState } from "../../sim/world";
import { type Cluster, served } from "./clusters/baseline-cluster";
import { stateFolder } from "./engine";

/** The environment in which a person names a cluster. */
export const envOf = ({ endpoint, token, certificate }: ProxmoxApi) => ({
  PROXMOX_VE_ENDPOINT: endpoint,
  PROXMOX_VE_API_TOKEN: token,
  PROXMOX_VE_FINGERPRINT: certificate.fingerprint,
});

/** Adopts a cluster that is served, as the stack `house`. */
export function adopted(api: ProxmoxApi, dir: string, more: Partial<AdoptOptions> = {}) {
  return adopt({ stack: "house", dir, env: envOf(api), progress: () => {}, ...more });
}

/** Both files of the stack `house`. */
export const filesIn = (dir: string) => ({
  stack: readFileSync(join(dir, "Pulumi.house.yaml"), "utf8"),
  imports: readFileSync(join(dir, "Pulumi.house.import.json"), "utf8"),
});

/** What the provider reads of objects that were written down by hand: their ids and defaults as well. */
export function withIds(pve: ProxmoxState): ProxmoxState {
  const each = <T extends object>(all: Record<string, T>, more: (id: string) => object) => {
    for (const [id, object] of Object.entries(all)) Object.assign(object, more(id));
  };
  each(pve.haResources, (resourceId) => ({ resourceId }));
  each(pve.haGroups, (group) => ({ group }));
  each(pve.replications, (resourceId) => ({ resourceId, type: "local", disable: false }));
  each(pve.backupJobs, (resourceId) => ({ resourceId }));
  return pve;
}

/** Runs `pulumi` itself, as a user would; the platforms in this process must be able to answer. */
export async function pulumi({ workspace, name }: Stack, args: readonly string[]): Promise<string> {
  const { workDir, envVars = {}, pulumiHome = "", pulumiCommand } = workspace;
  // `pulumi import` asks for the language of the program, though it writes no code in it.
  const host = join(pulumiCommand.command, "..", "..", "host");
  const all = [...args, "--stack", name, "--non-interactive"];
  const run = promisify(execFile)(pulumiCommand.command, all, {
    cwd: workDir,
    env: {
      ...process.env,
      ...envVars,
      PULUMI_HOME: pulumiHome,
      PATH: [envVars.PATH ?? process.env.PATH, host].join(delimiter),
    },
  });
  // What it says goes to standard output, also when it fails.
  return run.then(
    ({ stdout }) => stdout,
    (error: Error & { stdout?: string }) => {
      throw new Error(`${error.message}\n${error.stdout}`);
    },
  );
}

/** Everything that is run after `homelab adopt`, on the engine and the platforms of a test. */
export async function underManagement(cluster: Cluster) {
  const dir = stateFolder();
  const sim = await startSim();
  onTestFinished(() => sim.stop());
  sim.world.change((state) => {
    state.proxmox = withIds(cluster.world.state.proxmox);
  });
  const site: Site = cluster.site;
  const api = await served({ world: sim.world, site });
  const lines = await adopted(api, dir);
  const { program } = await import("../../program.js");
  const stack = await openStack({
    stack: "house",
    program: () => program(),
    sim,
    stateDir: dir,
    configFile: join(dir, "Pulumi.house.yaml"),
  });
  const target = /--target '(.*)'/.exec(lines.join("\n"))?.[1];
  if (target !== undefined) await stack.up({ target: [target] });
  const file = join(dir, "Pulumi.house.import.json");
  const taken = await pulumi(stack, [
    "import",
    ...["--file", file, "--protect=false", "--generate-code=false", "--yes", "--skip-preview"],
  ]);
  return { dir, sim, api, stack, lines, taken };
}
