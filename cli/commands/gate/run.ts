import { spawnSync } from "node:child_process";
import { resolve } from "node:path";
import { readStackFile } from "../../../config/file/stack-file";
import { foreign } from "../../../model/foreign-text";
import { judgeApproval, type Review } from "../../../model/gate/approval";
import { CODE_OWNERS_FILES, codeOwners } from "../../../model/gate/code-owners";
import { type ProtectedFile, protectedFiles } from "../../../model/gate/protected-paths";
import {
  loweredSettings,
  type WatchedSetting,
  watchedSettings,
} from "../../../model/gate/watched-settings";
import { listed } from "../../../model/text";
import { withForge } from "../../lib/forge";
import { UsageError } from "../../lib/usage";

/** What `homelab gate` was asked. */
export interface GateOptions {
  /** Repository that has both commits. */
  change: string;
  /** Commit of the target branch. */
  base: string;
  /** Newest commit of the change. */
  head: string;
}

/** What a change does to its own judges. */
export interface GateResult {
  ok: boolean;
  /** Changed files that take part in judging the change. */
  files: ProtectedFile[];
  /** What is missing; empty when nothing is, or nothing was needed. */
  missing: string[];
  approvedBy: string[];
}

/**
 * Whether a change leaves its judges alone, or a code owner approved that it does not. Reads names of
 * files, CODEOWNERS of the target branch and the stack files; nothing of the change is run.
 *
 * @param env tells the forge, which is asked only where an approval is needed
 * @param watched settings of stack files that may not be lowered unseen. @default all that there are
 * @throws UsageError where a commit is not there
 */
export async function gate(
  options: GateOptions,
  env: NodeJS.ProcessEnv,
  watched: readonly WatchedSetting[] = watchedSettings,
): Promise<GateResult> {
  const { base, head } = options;
  const git = gitIn(options.change);
  for (const [flag, commit] of Object.entries({ base, head })) {
    if (/^[0-9a-f]{7,64}$/i.test(commit) || /^[A-Za-z0-9_][\w./-]*$/.test(commit)) continue;
    throw new UsageError(`found --${flag} ${JSON.stringify(commit)}, expected a commit`);
  }
  const starts = mergeBases(git, base, head);
  const changed = [...new Set(starts.flatMap((from) => changedSince(git, from, head)))];
  const files = [
    ...protectedFiles(changed),
    ...starts.flatMap((from) => lowered(git, from, head, watched)),
  ].filter(
    ({ path, what }, index, all) =>
      all.findIndex((other) => other.path === path && other.what === what) === index,
  );
  if (files.length === 0) return { ok: true, files, missing: [], approvedBy: [] };
  const review: Review = await withForge((forge) => forge.review(), env);
  const { ok, missing } = judgeApproval(files, codeOwners(ownersText(git, base)), review);
  return {
    ok,
    files,
    missing: review.unknown === undefined ? missing : [review.unknown, ...missing],
    approvedBy: review.approvedBy,
  };
}

/**
 * Where the change left the target branch. A history that crosses it has several such commits, of which
 * Git's own `base...head` takes one; a merge may bring what only another one shows.
 */
function mergeBases(git: Git, base: string, head: string): string[] {
  const found = git(
    ["merge-base", "--all", base, head],
    "make both commits available with a full checkout (fetch-depth: 0), of one history",
  );
  return found.split("\n").filter((commit) => commit !== "");
}

/** Names of the files that differ, old and new ones of what was renamed. */
function changedSince(git: Git, from: string, head: string): string[] {
  const names = git(
    [
      "diff",
      "--name-only",
      "-z",
      "--no-renames",
      "--no-ext-diff",
      "--ignore-submodules=none",
      from,
      head,
      "--",
    ],
    "make both commits available with a full checkout (fetch-depth: 0)",
  );
  return names.split("\0").filter((name) => name !== "");
}

type Git = (args: readonly string[], fix: string) => string;

function gitIn(folder: string): Git {
  return (args, fix) => {
    const { status, stdout, stderr, error } = spawnSync(
      "git",
      ["-C", resolve(folder), "-c", "core.quotePath=false", ...args],
      { encoding: "utf8", maxBuffer: 64 * 1024 * 1024, timeout: 60_000 },
    );
    if (status === 0) return stdout;
    const reason = error?.message ?? stderr.trim().split("\n")[0];
    throw new UsageError(`git ${args[0]} in ${folder}: ${reason}; ${fix}`);
  };
}

/** The stack files in which a change lowers a setting that judges it. */
function lowered(
  git: Git,
  from: string,
  to: string,
  watched: readonly WatchedSetting[],
): ProtectedFile[] {
  if (watched.length === 0) return [];
  const stacks = filesAt(git, from).filter((name) => /^Pulumi\.[^/]+\.yaml$/.test(name));
  const left = new Set(filesAt(git, to));
  return stacks.flatMap((path) => {
    const after = left.has(path) ? sectionsAt(git, to, path) : undefined;
    return loweredSettings(sectionsAt(git, from, path), after, watched).map(
      ({ place, what, lost }) => ({
        path,
        what: `${what}: ${place} no longer has ${listed(lost.map((one) => foreign(one)))}`,
      }),
    );
  });
}

/** Sections of a stack file and of the files that it names; what cannot be read demands nothing. */
function sectionsAt(git: Git, commit: string, path: string): Record<string, unknown> {
  const known = new Set(filesAt(git, commit));
  const read = (name: string) =>
    known.has(name)
      ? { text: git(["show", `${commit}:${name}`], "name a commit") }
      : { refused: `the commit has no ${name}` };
  return readStackFile(git(["show", `${commit}:${path}`], "name a commit"), { read }).data;
}

const filesAt = (git: Git, commit: string) =>
  git(["ls-tree", "-r", "--name-only", "-z", commit], "name a commit").split("\0");

function ownersText(git: Git, base: string): string {
  const there = filesAt(git, base);
  const file = CODE_OWNERS_FILES.find((name) => there.includes(name));
  return file === undefined ? "" : git(["show", `${base}:${file}`], "name a commit");
}
