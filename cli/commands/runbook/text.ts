import { inSiteText } from "../../../config/sites/site-text";
import { markdownText } from "../../../model/foreign-text";
import { symptoms } from "../../../model/runbook/symptoms";
import type { House, Procedure, ProcedureStep } from "../../../model/runbook/types";
import { commandName } from "../../lib/self/command-name";

/** The runbook as one Markdown file: who is where, then a section for each case. */
export function runbookText(house: House, procedures: readonly Procedure[]): string {
  const { stack, nodes, pairs } = house;
  return `${[
    `# Runbook of ${markdownText(stack)}`,
    "",
    `Written by \`${commandName()} runbook --stack ${stack}\` from Pulumi.${stack}.yaml; write it anew after each change, and keep a copy`,
    "where it can be read while the cluster is down. Commands that begin with `ssh` work from anywhere, the others in the",
    "clone of this project.",
    "",
    "## Who is where",
    "",
    "| node | address |",
    "| --- | --- |",
    ...nodes.map(({ name, address }) => `| ${markdownText(name)} | ${address} |`),
    "",
    ...(pairs.length > 0
      ? [
          "| virtual address | of | members, preferred first |",
          "| --- | --- | --- |",
          ...pairs.map(
            ({ vip, place, members }) =>
              `| ${vip} | ${markdownText(place)} | ${members.map(({ name, address, node }) => `${markdownText(name)} (${address}, on ${markdownText(node)})`).join(", ")} |`,
          ),
          "",
        ]
      : []),
    "## By symptom",
    "",
    "| what is seen | what to do |",
    "| --- | --- |",
    ...symptoms(procedures).map(
      ({ seen, procedures: found }) => `| ${seen} | ${found.map(linkTo).join(", ")} |`,
    ),
    "",
    ...procedures.flatMap(section),
  ]
    .join("\n")
    .trimEnd()}\n`;
}

const linkTo = ({ id, title }: Procedure) => `[${markdownText(title)}](#${id})`;

function section({ id, title, sign, steps }: Procedure): string[] {
  return [
    `<a id="${id}"></a>`,
    "",
    `## ${markdownText(title)}`,
    "",
    sign,
    "",
    ...steps.flatMap((step, index) => [...numbered(step, index + 1), ""]),
  ];
}

function numbered({ text, commands = [] }: ProcedureStep, number: number): string[] {
  const line = `${number}. ${text}`;
  if (commands.length === 0) return [line];
  return [
    line,
    "",
    "   ```sh",
    ...commands.map((command) => `   ${command.replace(/^homelab /, `${commandName()} `)}`),
    "   ```",
  ];
}

/** Commands that work on the whole stack, however many sites it has. */
const ofWholeStack = "preview|up|validate|report|recover|sync-state|destroy|drift";

/**
 * A runbook whose commands name the site, where they work on one cluster.
 *
 * @param site whose runbook it is. @default the stack has one cluster
 */
export function withSite(text: string, stack: string, site: string | undefined): string {
  if (site === undefined) return text;
  const command = new RegExp(
    `(homelab (?!(?:${ofWholeStack})\\b)[a-z-]+ (?:[^\\n\`"]* )?--stack ${stack.replaceAll(".", "\\.")})(?![\\w.-])`,
    "g",
  );
  return inSiteText(text.replace(command, `$1 --site ${site}`), site).replace(
    `# Runbook of ${markdownText(stack)}\n`,
    `# Runbook of ${markdownText(stack)}, site ${markdownText(site)}\n`,
  );
}
