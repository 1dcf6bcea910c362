import { existsSync } from "node:fs";
import { join } from "node:path";
import { parseDocument, stringify } from "yaml";
import { projectRoot, schemaPath } from "../../../clients/pulumi/project";
import { NAMESPACE, SECRETS } from "../../../config/file/namespace";
import { parseStackFile } from "../../../config/file/parse-file";
import { refusalText } from "../../../config/file/problem";
import { isObject } from "../../../config/file/raw";
import { readNamed } from "../../lib/files";
import { commandName } from "../../lib/self/command-name";
import { checkStackName, folderOf, shortest } from "../../lib/stack-files";
import type { Ask } from "../../lib/terminal/terminal";
import { UsageError } from "../../lib/usage";
import type { AdoptedPair } from "../adopt/options";
import { adopt } from "../adopt/run";
import { writeTogether } from "../adopt/write";
import { liveVipOf } from "./answers";
import { type AnswerFlags, answersOf } from "./questions";
import { newStackText } from "./text";

/** What the command line says. */
export interface InitFlags extends AnswerFlags {
  stack: string;
  /** Folder of the stack file. @default the project */
  dir?: string;
  /** Whether a file that is there is replaced. */
  force?: boolean;
  /** Whether the cluster is read through its API. */
  live?: boolean;
}

/** The flags, and what is around the command. */
export interface InitOptions extends InitFlags {
  env: Readonly<Record<string, string | undefined>>;
  progress: (line: string) => void;
  /** @default nobody to ask */
  ask?: Ask | undefined;
}

/**
 * Writes the stack file of a cluster: from answers, or from the cluster itself. What the checks of
 * a preview refuse is not written.
 *
 * @returns what was written and what to run next, line by line
 * @throws UsageError for what the person can mend; then nothing is written
 */
export async function init(options: InitOptions): Promise<string[]> {
  const { stack, dir, force = false, env, progress, ask, live, ...flags } = options;
  checkStackName(stack);
  const folder = folderOf(dir);
  const file = shortest(join(folder, `Pulumi.${stack}.yaml`));
  const before = existing(file, force);
  if (live) {
    const { vip, traefik, ...others } = flags;
    refuseBeside(others);
    const pair = livePair(vip, traefik);
    // A file without sections is filled in, one of imports is not replaced.
    const fill = existsSync(file) && !existsSync(file.replace(/yaml$/, "import.json"));
    const named = dir !== undefined && { dir };
    return adopt({ stack, env, progress, force: force || fill, ...named, ...(pair && { pair }) });
  }
  const answers = await answersOf(flags, ask);
  const schema = folder === projectRoot ? schemaPath() : undefined;
  const text = withKept(newStackText(stack, answers, schema), before);
  const { parsed } = parseStackFile(text);
  if (!parsed.stack) {
    const errors = parsed.problems.filter(({ severity }) => severity === "error");
    throw new UsageError(`nothing was written: ${refusalText(file, errors)}`);
  }
  writeTogether([{ path: file, text }]);
  return [
    `${file}: ${text.trimEnd().split("\n").length} lines`,
    "",
    "next steps:",
    `  ${commandName()} preview --stack ${stack}`,
    `  ${commandName()} doctor --stack ${stack}`,
  ];
}

function refuseBeside(flags: AnswerFlags): void {
  const [other] = Object.keys(flags);
  if (other === undefined) return;
  const flag = other.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  throw new UsageError(
    `found --${flag} beside --live, which reads that from the cluster; leave one of the two out`,
  );
}

/** The pair beside a cluster that is read: its containers are there, so their names are enough. */
function livePair(vip?: string, members?: readonly string[]): AdoptedPair | undefined {
  if (vip === undefined && members === undefined) return undefined;
  if (vip === undefined)
    throw new UsageError("missing --vip ADDRESS/PREFIX beside --traefik; add it");
  if (members === undefined || members.length < 2) {
    throw new UsageError(
      "missing --traefik NAME beside --vip, once for each container of the pair; add it",
    );
  }
  return { vip: liveVipOf(vip), members: members.map((text) => text.split(",")[0]?.trim() ?? "") };
}

/** What stays of a file that is there: the key of the secrets, secrets, settings of other programs. */
export interface Kept {
  /** Beside `config`. */
  beside: Record<string, unknown>;
  config: Record<string, unknown>;
}

/** `pulumi stack init` makes a file with a key and nothing else: to fill that in replaces nothing. */
function existing(file: string, force: boolean): Kept {
  if (!existsSync(file)) return { beside: {}, config: {} };
  const document = parseDocument(readNamed(file));
  const whole: unknown = document.toJS();
  if (document.errors.length > 0 || (whole !== null && !isObject(whole))) {
    throw new UsageError(`${file}: is not YAML; correct it, or move it away`);
  }
  const { config, ...beside } = whole ?? {};
  const entries = Object.entries(isObject(config) ? config : {});
  const kept = entries.filter(([key]) => !key.startsWith(NAMESPACE) || key === NAMESPACE + SECRETS);
  if (kept.length < entries.length && !force) {
    throw new UsageError(
      `${file}: already there; name another stack, or use --force to replace it (secrets are kept)`,
    );
  }
  return { beside, config: Object.fromEntries(kept) };
}

/** The new text, which ends inside `config`, with what stays after it. */
function withKept(text: string, { beside, config }: Kept): string {
  const yaml = (values: object) =>
    Object.keys(values).length === 0 ? "" : stringify(values, { lineWidth: 0 });
  const inside = yaml(config).replace(/^(?=.)/gm, "  ");
  return `${text}${inside === "" ? "" : `\n${inside}`}${yaml(beside)}`;
}
