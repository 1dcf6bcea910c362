import type { Command } from "commander";
import { sayOfStack } from "../process";
import { UsageError } from "../usage";

/** Options whose value is a name of one cluster, and so may have its site before it: `home/traefik`. */
const named = ["pair", "member", "guest", "name"] as const;

/**
 * The site that the names on a command line have before them, and the names without it.
 *
 * @param flags options as they were given
 * @throws UsageError where two of them are of different sites
 */
export function siteOfNames(flags: Readonly<Record<string, unknown>>): Record<string, string> {
  const found: Record<string, string> = {};
  let from = "--site";
  let site = typeof flags.site === "string" ? flags.site : undefined;
  for (const option of named) {
    const value = flags[option];
    if (typeof value !== "string") continue;
    const [, own, name] = /^([^/]+)\/([^/]+)$/.exec(value) ?? [];
    if (own === undefined || name === undefined) continue;
    if (site !== undefined && site !== own) {
      throw new UsageError(
        `--${option} ${value} is of the site "${own}", and ${from} says "${site}"; leave one of them out`,
      );
    }
    found[option] = name;
    from = `--${option} ${value}`;
    site = own;
  }
  return site === undefined ? found : { ...found, site };
}

/** Options that say which stack and which of its sites; a command that is recommended needs the same. */
const ownOptions = ["stack", "file", "site"] as const;

/**
 * A text in which every recommended command works on the stack and the site of this one: the same
 * command without them would act on the stack of the default name, or on no site.
 *
 * @param given values of the options that were written
 * @param takes whether a command has an option
 */
export function withOwnStack(
  text: string,
  given: Partial<Record<(typeof ownOptions)[number], string>>,
  takes: (command: string, option: string) => boolean,
): string {
  // A command without an argument is a mention.
  return text.replace(
    /(`|: )homelab (cutover [a-z]+|[a-z-]+)(?= [^\s`])([^`\n]*)/g,
    (whole, before: string, command: string, rest: string) => {
      if (ownOptions.some((option) => rest.includes(` --${option} `))) return whole;
      const flags = ownOptions.flatMap((option) => {
        const value = given[option];
        return value !== undefined && takes(command, option)
          ? [` --${option} ${quoted(value)}`]
          : [];
      });
      return `${before}homelab ${command}${flags.join("")}${rest}`;
    },
  );
}

const quoted = (value: string) =>
  /^[\w./@:+-]+$/.test(value) ? value : `'${value.replaceAll("'", "'\\''")}'`;

/**
 * Before a command runs: takes the site out of the names, and has what is said name the stack and
 * the site.
 */
export async function takeOwnStack(command: Command): Promise<void> {
  for (const [option, value] of Object.entries(siteOfNames(command.opts()))) {
    command.setOptionValue(option, value);
  }
  const given = Object.fromEntries(
    ownOptions
      // What holds without an option need not be written.
      .filter((option) => command.getOptionValueSource(option) !== "default")
      .map((option) => [option, command.opts()[option]])
      .filter(([, value]) => typeof value === "string"),
  );
  const { site } = given;
  if (Object.keys(given).length === 0) return;
  const { inSiteText } = await import("../../../config/sites/site-text.js");
  sayOfStack((text) => {
    const own = withOwnStack(text, given, (words, option) => takesOption(command, words, option));
    return site === undefined ? own : inSiteText(own, site);
  });
}

/** Whether a command of the same program has an option. */
function takesOption(any: Command, words: string, option: string): boolean {
  let found: Command | undefined = any;
  while (found.parent) found = found.parent;
  for (const word of words.split(" ")) {
    found = found?.commands.find((one) => one.name() === word);
  }
  return found?.options.some(({ long }) => long === `--${option}`) ?? false;
}
