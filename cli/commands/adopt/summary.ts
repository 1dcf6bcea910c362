import { problemText } from "../../../config/file/problem";
import type { AcceptedDraft } from "./accepted-draft";
import { leftText } from "./text";

/** What was written and what was not taken over, line by line. */
export function summary(
  files: { stack: string; imports: string },
  { draft, config, warnings }: AcceptedDraft,
  count: number,
): string[] {
  const { nodes, storages } = config.cluster;
  const size = (section: object, noun: string) => {
    const many = Object.keys(section).length;
    return `${many} ${noun}${many === 1 ? "" : "s"}`;
  };
  return [
    `${files.stack}: ${size(nodes, "node")}, ${size(storages, "storage")}, ${size(config.guests, "guest")}, ${size(config.haGroups, "HA group")}`,
    `${files.imports}: ${count} ${count === 1 ? "resource" : "resources"} to import`,
    ...draft.left.map(leftText),
    ...warnings.map((warning) => `warning: ${problemText(warning)}`),
  ];
}
