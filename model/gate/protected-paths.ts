import ignore from "ignore";

/** A group of files that decide how a change is judged. */
interface ProtectedGroup {
  /** What the files are, for a sentence: `the policy pack`. */
  what: string;
  /** Patterns as in `.gitignore`, from the root of the repository. */
  patterns: readonly string[];
}

/**
 * What judges a change, or decides whether it is judged at all. Components and templates are among
 * it: the command that reports on the next change loads them, and what runs there can do anything.
 * A pattern without a slash at its end also holds a link or submodule in a folder's place.
 */
const groups: readonly ProtectedGroup[] = [
  { what: "the policy pack", patterns: ["/policy", "PulumiPolicy.*"] },
  {
    what: "the judgement that pack and command share",
    patterns: ["/model", "/config", "/clients", "/cli", "/bin", "/sim"],
  },
  {
    what: "what the judging command loads",
    patterns: ["/components", "/start", "/templates", "/program.ts", "/index.ts"],
  },
  {
    what: "the CI workflows",
    patterns: ["/.github", "/.forgejo", "/.gitea", "/.gitlab", "/.gitlab-ci.yml", "/.ci"],
  },
  { what: "who must approve", patterns: ["CODEOWNERS"] },
  {
    what: "what is installed and run before anything is judged",
    patterns: [
      "package.json",
      "package-lock.json",
      "npm-shrinkwrap.json",
      ".npmrc",
      // Pulumi and people's tools take another package manager where they find its files.
      "yarn.lock",
      ".yarn",
      ".yarnrc*",
      ".pnp.*",
      "pnpm-*.yaml",
      ".pnpmfile.cjs",
      "bun.lock*",
      "bunfig.toml",
      "/packaging",
      "/.githooks",
      "/.node-version",
      "/.nvmrc",
      "/.tool-versions",
      "/mise.toml",
      "/.mise.toml",
      ".gitattributes",
      ".gitmodules",
      "node_modules",
      // What is kept there runs in place of the sources.
      "/.cache",
      "tsconfig*.json",
      "/Makefile",
      "/GNUmakefile",
      // Pulumi also takes these endings, and a deployment's settings have commands to run.
      "/Pulumi.yaml",
      "/Pulumi.yml",
      "/Pulumi.json",
      "/Pulumi.*.deploy.yaml",
      "/PulumiPlugin.*",
      "/.pulumi",
      "/renovate.json",
      "/.renovaterc*",
    ],
  },
];

const matchers = groups.map(({ what, patterns }) => ({
  what,
  // File systems of Windows and macOS take `Policy/` for `policy/`.
  holds: ignore({ ignorecase: true }).add([...patterns]),
}));

/** A changed file that takes part in judging the change. */
export interface ProtectedFile {
  path: string;
  /** What the file is, for a sentence. */
  what: string;
}

/**
 * The changed files that take part in judging the change itself.
 *
 * @param changed paths from the root of the repository, old and new names of what was renamed
 */
export function protectedFiles(changed: readonly string[]): ProtectedFile[] {
  return changed.flatMap((path) => {
    const group = matchers.find(({ holds }) => ignore.isPathValid(path) && holds.ignores(path));
    // Git writes no such path; whoever does wants to slip through.
    if (!ignore.isPathValid(path)) return [{ path, what: "a path that is none" }];
    return group ? [{ path, what: group.what }] : [];
  });
}
