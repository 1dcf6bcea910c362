import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { statusOf } from "../../cli/commands/status/run";
import { VIP } from "../machine/network";
import { RUN_FOLDER } from "../machine/places";
import type { World } from "../machine/world";
import type { LabProfile } from "../scenarios/stage";
import { DRAIN_SEC, DYNAMIC_DIRECTORY, PAIR, pairSettings } from "./pair";

/** What the command line needs to work on the pair of the lab. */
export interface LabStack {
  /** Stack file that describes the pair as it was deployed. */
  file: string;
  /** Private key that the hosts let in. */
  identity: string;
}

/** Writes the stack file of the pair: what `homelab status` and `homelab drill` read. */
export function writeStackFile(
  { hosts, traefikVersion }: World,
  profile: Exclude<LabProfile, "baseline">,
  monitoring?: { exporterPort: number },
): LabStack {
  const { members } = pairSettings(profile, hosts);
  const nodes = Object.fromEntries(
    hosts.map(({ number, hostKey }) => [
      `node-${number}`,
      { address: `10.77.0.${200 + number}`, hostKey, memoryGb: 8, cores: 2 },
    ]),
  );
  const guests = Object.fromEntries(
    hosts.map(({ name, number, address, hostKey }) => [
      name,
      {
        vmid: 100 + number,
        type: "ct",
        node: `node-${number}`,
        memoryMb: 512,
        address,
        storage: "local",
        debian: 12,
        hostKey,
        backup: false,
      },
    ]),
  );
  const pair = {
    vip: VIP,
    interface: "host0",
    virtualRouterId: 77,
    profile,
    drainSec: DRAIN_SEC,
    members: members.map(({ name, priority }) => ({ guest: name, priority })),
    traefik: { version: traefikVersion, dynamicDirectory: DYNAMIC_DIRECTORY },
    replication: {},
  };
  const config = {
    "homelab:cluster": {
      name: "lab",
      pveVersion: 9,
      nodes,
      segments: { lab: { cidr: "10.77.0.0/24" } },
      storages: { local: { kind: "local", nodes: Object.keys(nodes) } },
      ssh: { user: "root", port: 22 },
    },
    "homelab:guests": guests,
    "homelab:traefikPairs": { [PAIR]: pair },
    ...(monitoring && { "homelab:monitoring": { exporterPort: monitoring.exporterPort } }),
  };
  const folder = join(RUN_FOLDER, "stack");
  mkdirSync(folder, { recursive: true });
  const file = join(folder, "Pulumi.lab.yaml");
  writeFileSync(file, stringify({ config }));
  return { file, identity: join(RUN_FOLDER, "id_ed25519") };
}

/** What one `homelab status` said. */
export interface Told {
  /** Exit code of the command. */
  code: 0 | 1;
  /** Everything but what is well, with its level. */
  lines: string[];
}

/** What `homelab status` finds wrong with the pair: there is no cluster, and the state is not one's own. */
export async function wrongIn(stack: LabStack): Promise<string[]> {
  return (await toldOf(stack)).lines;
}

/** The same with the exit code that these lines make. */
export async function toldOf(stack: LabStack): Promise<Told> {
  const { items } = await statusOf({
    ...stack,
    env: { PATH: process.env.PATH },
    progress: () => {},
  });
  const wrong = items.filter(
    ({ level, subject }) => level !== "ok" && subject.startsWith("traefikPairs."),
  );
  const code = wrong.some(({ level }) => level === "problem") ? 1 : 0;
  return { code, lines: wrong.map(({ level, text }) => `${level}: ${text}`) };
}
