import { foreign } from "../../model/foreign-text";
import { listed } from "../../model/text";
import { type ParsedStack, parseStack } from "../parse";
import { sharedSecrets } from "../sections/secrets";
import {
  hasSites,
  type NamedSite,
  type ParsedSites,
  parseSite,
  parseSites,
} from "../sites/parse-sites";
import { SITES } from "../sites/site-schema";
import { type StackConfig, stackSchema } from "../stack";
import { hint } from "./nearest";
import { at, isObject, type Path, textAt } from "./raw";
import { readStackFile, type StackFile, type StackFileOptions } from "./stack-file";

/** A stack file with one cluster, or with several sites; or everything that is wrong with it. */
export type ParsedFile = ParsedStack | ParsedSites;

/** A cluster of a stack file, with the name of its site where the file has several. */
export type FileSite = Partial<NamedSite> & { stack: StackConfig };

/** The sites of a sound file: one without a name where the file has one cluster. */
export function sitesIn(parsed: ParsedFile): FileSite[] {
  if ("sites" in parsed && parsed.sites) return parsed.sites;
  if (!("stack" in parsed) || !parsed.stack) return [];
  const { stack, kubernetesContext } = parsed;
  return [{ stack, ...(kubernetesContext !== undefined && { kubernetesContext }) }];
}

/** Reads and checks a stack file; a file that is not YAML has only that problem. */
export function parseWholeFile(
  text: string,
  options: StackFileOptions = {},
): { file: StackFile; parsed: ParsedFile } {
  const file = readStackFile(text, options);
  if (file.problems.length > 0) return { file, parsed: { problems: file.problems } };
  const parsed = hasSites(file.data)
    ? parseSites(file.data)
    : parseStack(file.data, stackSchema, file.kubernetesContext);
  return { file, parsed: withKeyProblems(parsed, file) };
}

function withKeyProblems<T extends ParsedFile>(parsed: T, file: StackFile): T | ParsedFile {
  if (file.keyProblems.length === 0) return parsed;
  const others = "warnings" in parsed ? parsed.warnings : parsed.problems;
  const keys = file.keyProblems.map((problem) => ({
    ...problem,
    message: foreign(problem.message, 2000),
  }));
  return { problems: [...keys, ...others] };
}

/**
 * Reads and checks a stack file as one with one cluster.
 *
 * @param options `site` names the one that is meant in a file with several
 */
export function parseStackFile(
  text: string,
  { site, ...options }: StackFileOptions & { site?: string | undefined } = {},
): { file: StackFile; parsed: ParsedStack } {
  return parseOne(readStackFile(text, options), site);
}

/**
 * Checks a stack file that was read as one with one cluster.
 *
 * @param site the one that is meant in a file with several
 */
export function parseOne(
  whole: StackFile,
  site: string | undefined,
): { file: StackFile; parsed: ParsedStack } {
  if (whole.problems.length > 0) return { file: whole, parsed: { problems: whole.problems } };
  const message = siteMistake(siteNames(whole), site);
  if (message !== undefined) {
    return { file: whole, parsed: { problems: [{ path: [SITES], message, severity: "error" }] } };
  }
  const parsed =
    site === undefined
      ? parseStack(whole.data, stackSchema, whole.kubernetesContext)
      : parseSite(whole.data, site);
  return {
    file: site === undefined ? whole : siteView(whole, site),
    parsed: withKeyProblems(parsed, whole) as ParsedStack,
  };
}

/** Names of the sites of a file; undefined where it has one cluster. */
export function siteNames({ data }: StackFile): string[] | undefined {
  if (!hasSites(data)) return undefined;
  return Object.keys(isObject(data[SITES]) ? data[SITES] : {});
}

/**
 * Why a site cannot be the one that is meant, in one sentence; undefined where it can.
 *
 * @param names those of the file. @default it has one cluster
 */
export function siteMistake(
  names: readonly string[] | undefined,
  site: string | undefined,
): string | undefined {
  if (names === undefined) {
    return site === undefined
      ? undefined
      : `this stack has one cluster and no sites; leave out --site ${site}`;
  }
  if (site === undefined) {
    return `this stack has the sites ${listed(names, 12)}; name one with --site, e.g. --site ${names[0]}`;
  }
  return names.includes(site) ? undefined : `there is no site "${site}"; ${hint(site, names)}`;
}

/** A file as if one of its sites were all of it. */
function siteView(file: StackFile, site: string): StackFile {
  const full = (path: Path) => (path[0] === SITES ? path : [SITES, site, ...path]);
  const own = at(file.data, [SITES, site]);
  const sections = isObject(own) ? own : {};
  const endpoint = textAt(own, ["proxmox", "endpoint"]);
  const kubernetesContext = textAt(own, ["kubernetesContext"]);
  const secretAt = (path: Path) =>
    file.secretAt([SITES, site, ...path]) ??
    (sharedSecrets.includes(String(path[0])) ? file.secretAt(path) : undefined);
  // `kubernetes:context` is that of the provider that no site has.
  const { kubernetesContext: _whole, ...whole } = file;
  return {
    ...whole,
    data: sections,
    own: sections,
    lineOf: (path) => file.lineOf(full(path)),
    placeOf: (path) => file.placeOf(full(path)),
    hasSecret: (path) => secretAt(path) !== undefined,
    secretAt,
    ...(endpoint !== undefined && { endpoint }),
    ...(kubernetesContext !== undefined && { kubernetesContext }),
  };
}
