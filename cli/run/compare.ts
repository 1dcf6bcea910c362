import { type FileSite, parseWholeFile, sitesIn } from "../../config/file/parse-file";
import type { EarlierStack } from "../lib/earlier-stack";
import { diffResilience } from "../report/diff";
import type { Comparison, Report, Resilience } from "../report/types";
import { resilienceOf } from "./judgement";

/** Adds to a report what becomes better and worse than with an earlier stack file, site by site. */
export function compareWith(earlier: EarlierStack, report: Report): Report {
  const { parsed } = parseWholeFile(earlier.text, earlier);
  const before = sitesIn(parsed);
  if (!report.sites) {
    return { ...report, comparison: comparison(before, undefined, report.resilience) };
  }
  const sites = report.sites.map((site) => ({
    ...site,
    comparison: comparison(before, site.name, site.resilience),
  }));
  return { ...report, sites };
}

function comparison(
  earlier: readonly FileSite[],
  site: string | undefined,
  after: Resilience | undefined,
): Comparison {
  if (!after) return { incomparable: "the new stack file is refused" };
  if (earlier.length === 0) return { incomparable: "today's checks refuse the earlier stack file" };
  const same = earlier.find(({ name }) => name === site);
  const [only] = earlier.length === 1 ? earlier : [];
  // A file that had one cluster may have become one of several sites, and the other way round.
  const stated = same ?? (only?.name === undefined || site === undefined ? only : undefined);
  if (!stated) return { incomparable: "the earlier stack file has no such site" };
  const before = resilienceOf(stated.stack);
  if (!before.nodes.some((node) => after.nodes.includes(node))) {
    return { incomparable: "the two clusters have no node in common" };
  }
  return { changes: diffResilience(before, after) };
}
