import { dirname, join, resolve } from "node:path";
import type { PulumiCommand } from "@pulumi/pulumi/automation/index.js";

/** A Pulumi CLI. */
export interface Engine {
  /** Folder of the executable `pulumi`. */
  dir: string;
  /** Version as the CLI prints it, without the leading `v`. */
  version: string;
}

type Command = typeof PulumiCommand;

/** By folder: each look for one starts it, for its version. */
const commands = new Map<string, Promise<PulumiCommand>>();

/**
 * How the Automation API runs a CLI.
 *
 * @param command the SDK's class, which the caller has loaded already or loads late
 */
export function commandOf(engine: Engine, command: Command): Promise<PulumiCommand> {
  const known = commands.get(engine.dir);
  if (known) return known;
  const got = withItsVersion(engine, command).catch(() => command.get(rootOf(engine)));
  commands.set(engine.dir, got);
  return got;
}

/** `PulumiCommand.get` wants a folder with `bin/pulumi`; any other layout has to be on PATH. */
function rootOf({ dir }: Engine): { root: string } | undefined {
  return dir.endsWith("/bin") ? { root: dirname(dir) } : undefined;
}

/** What the SDK has beside its declared types. */
interface Internals {
  parseAndValidatePulumiVersion(minimum: unknown, found: string, optOut: boolean): unknown;
  minimumVersion: unknown;
}

/**
 * What `PulumiCommand.get` makes, without starting the CLI for a version that is known.
 *
 * @throws Error where the SDK has other parts, and for a version that it refuses
 */
async function withItsVersion(engine: Engine, command: Command): Promise<PulumiCommand> {
  const parts = (await Promise.all([
    import("@pulumi/pulumi/automation/cmd.js"),
    import("@pulumi/pulumi/automation/minimumVersion.js"),
  ])) as unknown as [Internals, Internals];
  const [{ parseAndValidatePulumiVersion: parse }, { minimumVersion }] = parts;
  const root = rootOf(engine)?.root;
  const file = root === undefined ? "pulumi" : resolve(join(root, "bin/pulumi"));
  const version = parse(minimumVersion, `v${engine.version}`, false);
  const made = Reflect.construct(command, [file, version]) as PulumiCommand;
  if (made.command !== file || made.version === null) throw new Error("found another SDK");
  return made;
}
