import { z } from "zod";
import { hostileProblem } from "../file/hostile";
import { hint } from "../file/nearest";
import type { Problem } from "../file/problem";
import { at, isObject, type Path } from "../file/raw";
import { describeIssue, schemaProblems } from "../file/schema-problems";
import { type ParsedStack, parseStack } from "../parse";
import { name as siteName } from "../sections/network";
import { FILES_SECTION, type StackConfig, stackSchema } from "../stack";
import { acrossSites } from "./across-sites";
import { placeShape, SITES, type SitePlace, siteSchema } from "./site-schema";
import { inSiteText } from "./site-text";

/** One site of a stack file that has several. */
export interface NamedSite extends SitePlace {
  name: string;
  stack: StackConfig;
}

/** The sites of a sound file with the warnings about them; or everything that is wrong. */
export type ParsedSites =
  | { sites: NamedSite[]; warnings: Problem[] }
  | { sites?: undefined; problems: Problem[] };

/** Sections that stand beside the sites: they are of the whole stack. */
const SHARED: readonly string[] = [SITES, FILES_SECTION];

const siteNames = z.record(siteName, z.unknown());
const placeSchema = z.object(placeShape);

/** Whether a stack file has its clusters under `homelab:sites`. */
export function hasSites(data: Record<string, unknown>): boolean {
  return data[SITES] !== undefined;
}

/**
 * Checks a file with several sites: each by itself, as a stack file with one cluster is checked, and
 * then all together. Every mistake of all sites is reported at once.
 *
 * @param data the sections without the `homelab:` prefix
 */
export function parseSites(data: Record<string, unknown>): ParsedSites {
  const hostile = hostileProblem(data);
  if (hostile) return { problems: [hostile] };
  const { [SITES]: stated } = data;
  const mixed = mixedSections(data);
  const named = siteNames.safeParse(stated, { error: describeIssue });
  const names = named.success ? [] : under([], schemaProblems(siteNames, stated, named.error));
  const each = Object.entries(isObject(stated) ? stated : {}).map(([name, site]) => ({
    name,
    data: site,
    parsed: parseStack(site, siteSchema),
  }));
  const none: Problem[] =
    names.length === 0 && each.length === 0
      ? [
          {
            path: [SITES],
            message:
              "found no site, expected one or more; add one with proxmox, cluster and guests",
            severity: "error",
          },
        ]
      : [];
  const problems = [
    ...mixed,
    ...names,
    ...none,
    ...each.flatMap(({ name, parsed }) => under([name], problemsOf(parsed))),
    ...acrossSites(
      each.map(({ parsed, ...site }) => ({
        ...site,
        stack: parsed.stack ?? parsed.readable,
      })),
    ),
  ];
  if (problems.some(({ severity }) => severity === "error")) return { problems };
  const sites = each.flatMap(({ name, data: own, parsed }) =>
    parsed.stack ? [{ name, stack: parsed.stack, ...placeSchema.parse(own) }] : [],
  );
  return { sites, warnings: problems };
}

/** Checks one site of a file by itself; its problems are at their places in the whole file. */
export function parseSite(data: Record<string, unknown>, site: string): ParsedStack {
  const hostile = hostileProblem(data);
  if (hostile) return { problems: [hostile] };
  const parsed = parseStack(at(data, [SITES, site]), siteSchema);
  return parsed.stack
    ? { ...parsed, warnings: under([site], parsed.warnings) }
    : { ...parsed, problems: under([site], parsed.problems) };
}

/** What was found in one site: its mistakes, or the warnings about it. */
export const problemsOf = (parsed: ParsedStack) =>
  parsed.stack ? parsed.warnings : parsed.problems;

/** Problems of one site, or of the map of sites, at their place in the file. */
function under(place: Path, problems: readonly Problem[]): Problem[] {
  const [site] = place;
  return problems.map((problem) => ({
    ...problem,
    path: [SITES, ...place, ...problem.path],
    message: site === undefined ? problem.message : inSiteText(problem.message, String(site)),
  }));
}

/** Sections of one cluster beside the sites: nobody could say whose they are. */
function mixedSections(data: Record<string, unknown>): Problem[] {
  const sites = Object.keys(isObject(data[SITES]) ? data[SITES] : {});
  const [example = "<name>"] = sites;
  const known = Object.keys(stackSchema.shape);
  return Object.keys(data)
    .filter((section) => !SHARED.includes(section))
    .map((section) => ({
      path: [section],
      message: known.includes(section)
        ? `stands beside homelab:${SITES}, and nothing says of which site it is, expected every section inside a site; move it to homelab:${SITES}.${example}.${section}`
        : `unknown key "${section}"; ${hint(section, SHARED)}`,
      severity: "error",
    }));
}
