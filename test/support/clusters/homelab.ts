import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Root of the project. */
export const root = join(__dirname, "../../..");

/** How a command ended. */
export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

/**
 * Starts the `homelab` command as a user would, in a session of its own; `CI` is set, so that
 * colours would show.
 *
 * @param project the project whose command it is. @default this one
 */
export function startHomelab(
  args: readonly string[],
  cwd = root,
  env: Record<string, string> = {},
  project = root,
) {
  const child = spawn(process.execPath, [...programOf(project), ...args], {
    cwd,
    env: { ...process.env, CI: "true", ...env },
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const texts = { stdout: "", stderr: "" };
  child.stdout.on("data", (chunk) => {
    texts.stdout += chunk;
  });
  child.stderr.on("data", (chunk) => {
    texts.stderr += chunk;
  });
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, ...texts }));
  });
  return { child, texts, ended };
}

/** What Node runs as the command of a project: as in a clone, or the sources of a part of one. */
function programOf(project: string): string[] {
  const own = join(project, "bin/homelab.js");
  if (existsSync(own)) return [own];
  return ["--import", createRequire(__filename).resolve("tsx"), join(project, "cli/homelab.ts")];
}

/** Runs the `homelab` command to its end. */
export function homelab(...args: string[]): Promise<Ended> {
  return startHomelab(args).ended;
}

/** A folder that is gone after `remove`. */
export function scratch(): { dir: string; remove(): void } {
  const dir = mkdtempSync(join(tmpdir(), "homelab-test-"));
  return { dir, remove: () => rmSync(dir, { recursive: true, force: true, maxRetries: 3 }) };
}

/** Writes a copy of the real stack file with parts of its text replaced; each part must be there. */
export function editedStack(
  dir: string,
  edits: readonly (readonly [from: string, to: string])[],
): string {
  const text = edits.reduce(
    (before, [from, to]) => {
      if (!before.includes(from))
        throw new Error(`Pulumi.homelab.yaml has no ${JSON.stringify(from)}`);
      return before.replace(from, to);
    },
    readFileSync(join(root, "Pulumi.homelab.yaml"), "utf8"),
  );
  const file = join(dir, "Pulumi.edited.yaml");
  writeFileSync(file, text);
  return file;
}
