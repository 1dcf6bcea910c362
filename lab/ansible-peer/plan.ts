import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { recorded } from "../../cli/lib/recorded";
import type { VrrpProfile } from "../../model/vrrp/vrrp";
import { labHost } from "../machine/host";
import { RUN_FOLDER } from "../machine/places";
import { must } from "../machine/shell";
import type { World } from "../machine/world";
import type { LabProgram } from "../pair/program";

/** What a program beside the lab has to know of it; without the private key, which it reads itself. */
const peerPlan = z.object({
  profile: z.enum(["fast", "compatible"]),
  hosts: z.array(labHost),
  traefikVersion: z.string(),
});

export type PeerPlan = z.output<typeof peerPlan>;

/** What one `pulumi up` did, and where its time went; times in seconds. */
export const upAnswer = z.object({
  /** Resources by what was done with them. */
  changes: z.record(z.string(), z.number()),
  /** From the start of the process until everything was loaded. */
  loadSec: z.number(),
  /** Providers served, stack opened. */
  openSec: z.number(),
  upSec: z.number(),
});

export type UpAnswer = z.output<typeof upAnswer>;

/** Private key of the run; a file, so that it is on no command line. */
export const KEY_FILE = join(RUN_FOLDER, "id_ed25519");

/** What the programs beside the lab are told. */
export function planOf(world: World, profile: VrrpProfile): PeerPlan {
  return { profile, hosts: world.hosts, traefikVersion: world.traefikVersion };
}

/** The Pulumi program of a plan: the one that every other run of the lab deploys. */
export function labProgramOf(plan: PeerPlan): LabProgram {
  return { ...plan, privateKey: readFileSync(KEY_FILE, "utf8"), routes: {} };
}

/** Runs a program of this folder with a plan, as a process of its own, and hands back its answer. */
export async function runProcess<Answer>(
  program: string,
  plan: PeerPlan,
  answerSchema: z.ZodType<Answer>,
): Promise<Answer> {
  const args = ["--import", "tsx", join(__dirname, `${program}.ts`)];
  const input = JSON.stringify(plan);
  const cwd = join(__dirname, "..", "..");
  const answer = await must(process.execPath, args, {
    input,
    cwd,
    timeoutSec: 600,
    noted: program,
  });
  return recorded(answerSchema, answer, `answer of ${program}`);
}

/** The plan on this process's standard input. */
export function planGiven(): PeerPlan {
  return recorded(peerPlan, readFileSync(0, "utf8"), "plan on standard input");
}
