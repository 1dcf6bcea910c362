import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const root = join(__dirname, "../..");

/** A command that a page tells its reader to type. */
export interface Documented {
  /** Page and line, e.g. `docs/audit.md:8`. */
  where: string;
  /** As a shell would split it, without variables before it and without what comes after a pipe. */
  words: string[];
  /** Whether it stands within a sentence, where required options are often left out. */
  inSentence: boolean;
}

/** Every page for users and developers. */
export function pages(): string[] {
  const docs = ["docs", "docs/policies"].flatMap((folder) =>
    readdirSync(join(root, folder))
      .filter((name) => name.endsWith(".md"))
      .map((name) => `${folder}/${name}`),
  );
  return ["README.md", "CONTRIBUTING.md", "SECURITY.md", ...docs];
}

/** The commands of a page that begin with one of these programs. */
export function documentedIn(page: string, programs: readonly string[]): Documented[] {
  return commandsIn(readFileSync(join(root, page), "utf8"), page, programs);
}

/** The same of a text: lines of blocks marked as shell, and code within sentences. */
export function commandsIn(text: string, page: string, programs: readonly string[]): Documented[] {
  const found: Documented[] = [];
  let block: string | undefined;
  for (const [index, line] of text.split("\n").entries()) {
    const fence = /^\s*```(\w*)/.exec(line);
    if (fence) {
      block = block === undefined ? fence[1] : undefined;
      continue;
    }
    const texts =
      block === undefined
        ? [...line.matchAll(/`([^`]+)`/g)].map(([, code = ""]) => code)
        : block === "sh"
          ? [line]
          : [];
    for (const words of texts.flatMap(shellCommands)) {
      if (!programs.includes(words[0] ?? "")) continue;
      found.push({ where: `${page}:${index + 1}`, words, inSentence: block === undefined });
    }
  }
  return found;
}

/** The simple commands of a line: quotes are taken away, a comment ends it. */
function shellCommands(line: string): string[][] {
  const commands: string[][] = [[]];
  const word =
    /"((?:[^"\\]|\\.)*)"|'([^']*)'|(&&|\|\|?|;|>>?)|(#.*)|((?:\\.|\$\([^)]*\)|[^\s"'|;&>#]|(?<=\S)#)+)/g;
  let before = -1;
  // A placeholder is a name, as someone would type one.
  for (const match of line.replace(/<[^>]*>|\.\.\.|…/g, "name").matchAll(word)) {
    const [all, double, single, operator, comment, bare] = match;
    if (comment !== undefined) break;
    if (operator !== undefined) {
      commands.push([]);
      before = -1;
      continue;
    }
    const last = commands.at(-1) ?? [];
    const part = double ?? single ?? bare ?? "";
    if (before === match.index && last.length > 0) last.push(`${last.pop()}${part}`);
    else last.push(part);
    before = match.index + all.length;
  }
  return commands
    .map((words) => words.slice(words.findIndex((one) => !/^[A-Z_]+=/.test(one))))
    .filter((words) => words.length > 0);
}
