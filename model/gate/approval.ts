import { foreignPath } from "../foreign-text";
import { listed } from "../text";
import type { OwnersOf } from "./code-owners";
import type { ProtectedFile } from "./protected-paths";

/** What a forge says of a pull request. */
export interface Review {
  /** Who proposes the change: nobody approves a change of their own. */
  author: string;
  /** Who approved its present head, and has not taken that back. */
  approvedBy: string[];
  /** What the forge could not tell. @default it told everything */
  unknown?: string;
}

/** Whether a change to what judges it may pass. */
export interface Approval {
  ok: boolean;
  /** One sentence per group of files that nobody who may has approved. */
  missing: string[];
}

/**
 * Whether each protected file of a change was approved by one of its owners.
 *
 * @param ownersOf the owners as the target branch has them, never as the change would
 */
export function judgeApproval(
  files: readonly ProtectedFile[],
  ownersOf: OwnersOf,
  { author, approvedBy }: Review,
): Approval {
  const approvers = new Set(
    approvedBy.map((name) => name.toLowerCase()).filter((name) => name !== author.toLowerCase()),
  );
  const open = new Map<string, string[]>();
  for (const { path } of files) {
    const owners = ownersOf(path);
    if (owners.some((owner) => approvers.has(owner))) continue;
    const key = owners.filter((owner) => owner !== author.toLowerCase()).join(" ");
    open.set(key, [...(open.get(key) ?? []), path]);
  }
  const missing = [...open].map(([owners, paths]) => {
    const names = owners.split(" ").filter((name) => name !== "");
    const teams = names.filter((name) => name.includes("/") || name.includes("@"));
    if (names.length === 0) {
      return `${listed(paths.map(foreignPath))}: nobody but the author owns it; add a second owner to CODEOWNERS on the target branch`;
    }
    const people = names.filter((name) => !teams.includes(name));
    if (people.length === 0) {
      return `${listed(paths.map(foreignPath))}: owned by ${listed(teams)}, whose members this check cannot read; name people in CODEOWNERS on the target branch`;
    }
    return `${listed(paths.map(foreignPath))}: needs the approval of ${listed(people, 5, "or")} for the newest commit`;
  });
  return { ok: missing.length === 0, missing };
}
