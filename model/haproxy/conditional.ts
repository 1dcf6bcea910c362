import type { Finding } from "../finding";
import { haproxyVariants } from "./variants";
import { shownWord } from "./words";

/**
 * What is found in a file whichever of its `.if` branches counts; what only some of them have is
 * advice, with the condition.
 */
export function judgeVariants(text: string, judge: (text: string) => Finding[]): Finding[] {
  const variants = haproxyVariants(text).map(({ text: read, given }) => ({
    given,
    found: judge(read),
  }));
  const [first, ...others] = variants;
  if (first === undefined || others.length === 0) return first?.found ?? [];
  const everywhere = (finding: Finding) =>
    variants.every(({ found }) => found.some(({ message }) => message === finding.message));
  const seen = new Set<string>();
  return variants.flatMap(({ given, found }) =>
    found.flatMap((finding): Finding[] => {
      if (seen.has(finding.message)) return [];
      seen.add(finding.message);
      if (everywhere(finding)) return [finding];
      const where = given.map(shownWord).join(" and ");
      return [{ ...finding, severity: "warning", message: `with ${where}: ${finding.message}` }];
    }),
  );
}

/** Conditional lines with which HAProxy ends, as findings. */
export function judgeConditions(text: string): Finding[] {
  const variants = haproxyVariants(text);
  const refused = variants.filter((variant) => variant.refused !== undefined);
  const [first] = refused;
  if (first?.refused === undefined) return [];
  const always = refused.length === variants.length;
  const where = always ? "" : `with ${first.given.map(shownWord).join(" and ")}: `;
  return [
    {
      rule: "haproxy-file",
      path: [],
      message: `${where}${first.refused}, so HAProxy refuses the file`,
      fix: "correct the conditional lines",
      severity: always ? "error" : "warning",
    },
  ];
}
