import { type Budget, budgets } from "../../clients/deadline";
import { runProgram } from "../../clients/programs";
import { engineFiles, noEngine } from "../../clients/pulumi/engine";
import { engineReason } from "../../clients/pulumi/engine-error";
import { projectRoot } from "../../clients/pulumi/project";
import { foreign } from "../../model/foreign-text";
import type { DeployedFile, DeployedFiles } from "../../model/status/files";
import { textOfScript } from "../../templates/host/host-file";
import { type ExportedState, inSiteOf, stateSchema } from "../commands/recover/state";
import { recorded } from "./recorded";

/**
 * Reads from a stack's state what the last `up` put on hosts. Whatever keeps it from being read is an
 * answer too: nothing but a comparison depends on it.
 *
 * @param budget how long the state may take. @default that of a state backend
 */
export async function deployedFiles(
  { stack, site }: { stack: string; site?: string },
  budget: Budget = budgets.backend,
): Promise<DeployedFiles> {
  const [engine] = engineFiles();
  if (engine === undefined) return { unknown: noEngine };
  const args = ["stack", "export", "--stack", stack, "--non-interactive"];
  const env = { ...process.env, PULUMI_SKIP_UPDATE_CHECK: "true" };
  try {
    const { code, stdout, stderr } = await runProgram(engine, args, {
      cwd: projectRoot,
      env,
      budget,
    });
    if (code !== 0) throw new Error(stderr || stdout || `exit code ${code}`);
    return filesIn(recorded(stateSchema, stdout, "pulumi stack export"), site);
  } catch (error) {
    return { unknown: foreign(`the state of ${stack} cannot be read: ${engineReason(error)}`) };
  }
}

/**
 * The files of hosts in a state; the last script of a file counts.
 *
 * @param site only those of this site. @default the stack has one cluster
 */
export function filesIn(state: ExportedState, site?: string): DeployedFiles {
  const isHere = inSiteOf(state, site);
  const { deployment } = state;
  const files = new Map<string, DeployedFile>();
  let secret = 0;
  for (const { type, urn, inputs, delete: deleted } of deployment.resources ?? []) {
    if (type !== "command:remote:Command" || deleted === true || !isHere(urn)) continue;
    const create = inputs?.create;
    if (typeof create !== "string") {
      if (inputs?.stdin !== undefined) secret += 1;
      continue;
    }
    const text = textOfScript(create);
    if (text) files.set(`${text.host} ${text.path}`, { ...text, urn });
  }
  return { files: [...files.values()], secret };
}
