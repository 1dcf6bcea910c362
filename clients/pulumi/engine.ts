import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join, resolve } from "node:path";
import type { Stack } from "@pulumi/pulumi/automation/index.js";
import { stringify } from "yaml";
import { runProgramNow } from "../programs";
import { commandOf, type Engine } from "./engine-command";
import { frugal, stateFile } from "./frugal-command";
import { packStart } from "./pack-start";
import { projectName } from "./project";
import { REHEARSAL_KEYS, rehearsalKeys } from "./rehearsal-keys";
import { withoutSecrets } from "./stack-settings";

/** What is needed to run a program with the real engine on simulated platforms. */
export interface EngineOptions {
  /** Stack name. */
  stack: string;
  /** @default the name in Pulumi.yaml */
  project?: string;
  program: () => Promise<Record<string, unknown>>;
  /** The simulated platforms, in this process or another: where the engine finds the providers. */
  sim: { debugProviders: string };
  /** Folder for everything that must survive: backend, the engine's home, a copy of the stack file. */
  stateDir: string;
  /** Stack file to read the configuration from; it is copied, never changed. @default none */
  configFile?: string;
  /** Where the state is kept. @default a folder in `stateDir`, without the attribute files that a kill can break */
  backendUrl?: string;
  /** @default the one that `findEngine` finds */
  engine?: Engine;
  /** More variables for the CLI. @default none */
  env?: Record<string, string>;
}

/** Said where an engine is a must and there is none. */
export const noEngine =
  "found no Pulumi CLI on PATH, and this needs one; install it from https://www.pulumi.com/docs/install/";

const found = new Map<string, Engine>();

/** The CLI to use: one on PATH, otherwise the one that may lie beside the repository. */
export function findEngine(path = process.env.PATH ?? ""): Engine | undefined {
  const known = found.get(path) ?? lookForEngine(path);
  if (known) found.set(path, known);
  return known;
}

/** Executables that may be a CLI, in the order in which they are tried; none of them is run. */
export function engineFiles(path = process.env.PATH ?? ""): string[] {
  const beside = resolve(__dirname, "../../..", "shared", "engine", "bin");
  return [...path.split(delimiter).filter(Boolean), beside]
    .map((dir) => join(dir, "pulumi"))
    .filter((executable) => existsSync(executable));
}

function lookForEngine(path: string): Engine | undefined {
  for (const executable of engineFiles(path)) {
    const dir = dirname(executable);
    const env = { ...process.env, PULUMI_SKIP_UPDATE_CHECK: "true" };
    const run = runProgramNow(executable, ["version"], { env });
    if (run.status === 0) return { dir, version: run.stdout.trim().replace(/^v/, "") };
  }
  return undefined;
}

/**
 * Opens (or creates) a stack whose engine is real and whose providers are simulated. Policy packs
 * are named in each call: `stack.preview({ policyPacks: [folder] })`.
 */
export async function openStack(options: EngineOptions): Promise<Stack> {
  const engine = options.engine ?? findEngine();
  if (engine === undefined) throw new Error(noEngine);
  // Loaded late: whoever only asks for the engine must not pay for the SDK.
  const { LocalWorkspace, PulumiCommand } = await import("@pulumi/pulumi/automation/index.js");
  const project = options.project ?? projectName();
  const workDir = workspaceFolder(options, project);
  const rehearsed = options.backendUrl === undefined;
  const envVars = { ...environment(options, engine), ...(rehearsed && (await rehearsalKeys())) };
  const command = await commandOf(engine, PulumiCommand);
  const names = { backend: join(options.stateDir, "backend"), project, stack: options.stack };
  // To select a stack that is not there costs a start of the CLI.
  const isNew = rehearsed && !existsSync(stateFile(names));
  return LocalWorkspace[isNew ? "createStack" : "createOrSelectStack"](
    { stackName: options.stack, projectName: project, program: options.program },
    {
      workDir,
      envVars,
      pulumiHome: join(options.stateDir, "home"),
      ...(rehearsed
        ? { pulumiCommand: frugal(command, names), secretsProvider: REHEARSAL_KEYS }
        : { pulumiCommand: command }),
    },
  );
}

/** A folder with a project file and a copy of the stack file, so that the caller's own files stay as they are. */
function workspaceFolder(options: EngineOptions, project: string) {
  const folder = join(options.stateDir, "workspace");
  mkdirSync(folder, { recursive: true });
  mkdirSync(join(options.stateDir, "backend"), { recursive: true });
  writeFileSync(join(folder, "Pulumi.yaml"), stringify({ name: project, runtime: "nodejs" }));
  if (options.configFile !== undefined) {
    const copy = join(folder, `Pulumi.${options.stack}.yaml`);
    const before = existsSync(copy) ? readFileSync(copy, "utf8") : "";
    writeFileSync(copy, withoutSecrets(readFileSync(options.configFile, "utf8"), before));
  }
  return folder;
}

function environment(options: EngineOptions, engine: Engine): Record<string, string> {
  return {
    PATH: [engine.dir, ...safePath(engine)].join(delimiter),
    PULUMI_BACKEND_URL:
      options.backendUrl ?? `file://${join(options.stateDir, "backend")}?metadata=skip`,
    PULUMI_CONFIG_PASSPHRASE: "",
    PULUMI_SKIP_UPDATE_CHECK: "true",
    PULUMI_DEBUG_PROVIDERS: options.sim.debugProviders,
    // The providers are attached: without this the CLI tries to download the real ones, with 2.5 s of pauses.
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    ...packStart(),
    ...options.env,
  };
}

/**
 * A Node.js language host that does not belong to the CLI must not be found: an old one cannot run
 * policy packs ("not supported"), and an inline program needs none.
 */
function safePath(engine: Engine): string[] {
  const folders = (process.env.PATH ?? "").split(delimiter).filter(Boolean);
  return folders.filter(
    (folder) => folder === engine.dir || !existsSync(join(folder, "pulumi-language-nodejs")),
  );
}
