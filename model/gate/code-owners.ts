import ignore from "ignore";

/** Places of the file, in the order in which forges look for it. */
export const CODE_OWNERS_FILES = [
  ".github/CODEOWNERS",
  ".forgejo/CODEOWNERS",
  ".gitea/CODEOWNERS",
  "CODEOWNERS",
  "docs/CODEOWNERS",
  ".gitlab/CODEOWNERS",
] as const;

/** One line of a CODEOWNERS file. */
interface OwnerRule {
  holds: ReturnType<typeof ignore>;
  owners: string[];
}

/** Tells who owns a file. */
export type OwnersOf = (path: string) => string[];

/**
 * Reads a CODEOWNERS file: the last line that matches a path decides, a line without names leaves it
 * without an owner. https://docs.github.com/repositories/managing-your-repositorys-settings-and-features/customizing-your-repository/about-code-owners
 *
 * @returns names without `@`, in lower case as forges compare them; `org/team` for a team
 */
export function codeOwners(text: string): OwnersOf {
  const rules = text.split(/\r?\n/).flatMap((line): OwnerRule[] => {
    // `#` begins a comment; a section of GitLab groups lines and names no file.
    const words = line.replace(/(^|\s)#.*$/, "").trim();
    if (words === "" || /^\^?\[/.test(words)) return [];
    const [pattern = "", ...names] = words.split(/(?<!\\)\s+/);
    const owners = names.map((name) => name.replace(/^@/, "").toLowerCase());
    // Neither forge knows an exclusion by `!`.
    if (pattern.startsWith("!")) return [];
    return [{ holds: ignore().add(pattern), owners }];
  });
  return (path) => rules.findLast(({ holds }) => holds.ignores(path))?.owners ?? [];
}
