import { parseStackFile } from "../../config/file/stack-file";
import type { EarlierStack } from "../lib/earlier-stack";
import { diffResilience } from "../report/diff";
import type { Comparison, Report } from "../report/types";
import { resilienceOf } from "./judgement";

/** Adds to a report what becomes better and worse than with an earlier stack file. */
export function compareWith(earlier: EarlierStack, report: Report): Report {
  return { ...report, comparison: comparison(earlier, report) };
}

function comparison(earlier: EarlierStack, report: Report): Comparison {
  if (!report.resilience) return { incomparable: "the new stack file is refused" };
  const { parsed } = parseStackFile(earlier.text, earlier);
  if (!parsed.stack) return { incomparable: "today's checks refuse the earlier stack file" };
  const before = resilienceOf(parsed.stack);
  if (!before.nodes.some((node) => report.resilience?.nodes.includes(node))) {
    return { incomparable: "the two clusters have no node in common" };
  }
  return { changes: diffResilience(before, report.resilience) };
}
