import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import { behindStack, behindStackText } from "../../model/state-backend/behind-stack";
import { exposedBy } from "../checks/exposed";
import type { StackConfig } from "../stack";
import type { Problem } from "./problem";
import { at } from "./raw";

/** Which state backend `pulumi` uses, and what says so. */
export interface StatedBackend {
  url: string;
  /** As a message names it: `PULUMI_BACKEND_URL`, `Pulumi.yaml: backend.url`, `pulumi login`. */
  where: string;
}

/**
 * The state backend that `pulumi` takes, in its own order: the environment, the project file, the last
 * login.
 *
 * @see https://www.pulumi.com/docs/iac/concepts/state-and-backends/
 * @param folder folder of the project
 */
export function statedBackend(
  env: Readonly<Record<string, string | undefined>>,
  folder: string,
): StatedBackend | undefined {
  if (env.PULUMI_BACKEND_URL) return { url: env.PULUMI_BACKEND_URL, where: "PULUMI_BACKEND_URL" };
  const project = textAt(join(folder, "Pulumi.yaml"), ["backend", "url"]);
  if (project !== undefined) return { url: project, where: "Pulumi.yaml: backend.url" };
  const home = env.PULUMI_HOME ?? join(homedir(), ".pulumi");
  const current = textAt(join(home, "credentials.json"), ["current"]);
  return current === undefined ? undefined : { url: current, where: "pulumi login" };
}

/** A text in a file of somebody else; a file that is damaged says nothing here, `pulumi` itself complains. */
function textAt(file: string, path: readonly string[]): string | undefined {
  if (!existsSync(file)) return undefined;
  try {
    // JSON is YAML.
    const value = at(parse(readFileSync(file, "utf8")), [...path]);
    return typeof value === "string" && value !== "" ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Why a stack may not keep its state where `pulumi` would; names are not looked up here. */
export function backendProblems(stack: StackConfig, backend: StatedBackend | undefined): Problem[] {
  const found = backend && behindStack(backend.url, exposedBy(stack));
  if (!found) return [];
  return [
    {
      path: [],
      outside: { text: backend.where },
      message: behindStackText(found),
      severity: "error",
    },
  ];
}
