import proxmoxve from "@muhlba91/pulumi-proxmoxve/package.json";
import cloudflare from "@pulumi/cloudflare/package.json";
import command from "@pulumi/command/package.json";
import kubernetes from "@pulumi/kubernetes/package.json";
import { sshHosts } from "./command/ssh";
import { type Call, type Fault, Faults } from "./faults";
import { serveProvider } from "./grpc";
import { Platform } from "./platform";
import { nodeShell } from "./proxmox/node-shell";
import { type Seed, seedWorld } from "./seed";
import { World } from "./world";

const providers = {
  proxmoxve: proxmoxve.version,
  command: command.version,
  kubernetes: kubernetes.version,
  cloudflare: cloudflare.version,
};

/** Where the world comes from and what goes wrong in it; the seed counts only while there is no state file yet. */
export interface SimOptions extends Seed {
  /** File that keeps the world from run to run. @default memory: gone when the server stops */
  stateFile?: string;
  faults?: readonly Fault[];
  /**
   * `ssh` runs remote commands and copies files over SSH for real; `nodes` runs what is for a Proxmox
   * node in a shell of this machine, against the simulated cluster. @default they are only noted
   */
  commands?: "ssh" | "nodes";
}

/** The simulated platforms, ready for an engine. */
export interface Sim {
  /** Value of `PULUMI_DEBUG_PROVIDERS`: where the engine finds each provider. */
  debugProviders: string;
  world: World;
  /** What goes wrong; may be replaced between two runs. */
  faults: Faults;
  /** Resolves at the next call that a fault leaves unanswered. */
  hung(): Promise<Call>;
  stop(): Promise<void>;
}

/** Serves the four providers from this process, each on a loopback port of its own. */
export async function startSim(options: SimOptions = {}): Promise<Sim> {
  const initial = seedWorld(options);
  const world =
    options.stateFile === undefined
      ? World.inMemory(initial)
      : World.open(options.stateFile, initial);
  const faults = new Faults(options.faults);
  const hosts =
    options.commands === "ssh"
      ? sshHosts
      : options.commands === "nodes"
        ? nodeShell(() => world)
        : undefined;
  const platform = new Platform(world, faults, hosts);
  const servers = await Promise.all(
    Object.entries(providers).map(async ([name, version]) => ({
      name,
      ...(await serveProvider(platform, { name, version })),
    })),
  );
  return {
    debugProviders: servers.map(({ name, port }) => `${name}:${port}`).join(","),
    world,
    faults,
    hung: () => faults.hung(),
    stop: async () => {
      for (const server of servers) server.stop();
    },
  };
}
