import { createHash } from "node:crypto";
import { htmlText } from "../../../model/foreign-text";
import { listed } from "../../../model/text";
import { changeText } from "../diff";
import { rangeText } from "../duration";
import { legendFor, outcomeCell, quorumText } from "../outcomes";
import { plain } from "../paint";
import { policyCounts, verdict, violationText } from "../policies";
import { placeIn } from "../problems";
import { downText } from "../resilience";
import { singlePointSentences } from "../resilience-points";
import type { clustersOf, Report, Resilience } from "../types";
import { verdictFacts, verdictOf } from "../verdict";
import { budgetCells, budgetHeadings } from "../virtual-addresses";
import { drillPart, runbookPart } from "./day-two";
import { pageStyle } from "./page-style";
import { topologySvg } from "./svg";
import type { NodeTimeline, Picture, Topology } from "./types";

/** A part of the page: its heading and what is below it, as HTML. */
interface Section {
  id: string;
  title: string;
  body: string;
}

/**
 * The report as one file: no server, no script, nothing loaded. Its policy forbids everything but its
 * own style sheet, so that even a name that got past the escaping could do nothing.
 */
export function reportHtml(report: Report, picture: Picture | undefined): string {
  const sections = sectionsOf(report, picture);
  const hash = createHash("sha256").update(pageStyle).digest("base64");
  const { text, tone } = verdictOf(report);
  const title = `Stack ${htmlText(report.stack)}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<style>${pageStyle}</style>
</head>
<body>
<a class="skip" href="#content">Skip to the report</a>
<header>
<h1>${title}</h1>
<p class="verdict ${tone}"><strong>${report.ok ? "Passes" : "Fails"}:</strong> ${htmlText(text)}</p>
${list([...verdictFacts(report, plain).map(([key, value]) => `${key}: ${value}`), ...(report.shortfalls ?? [])])}
<nav aria-label="Parts of the report"><ul>${sections.map(({ id, title: name }) => `<li><a href="#${id}">${name}</a></li>`).join("")}</ul></nav>
</header>
<main id="content">
${sections.map(({ id, title: name, body }) => `<section aria-labelledby="${id}">\n<h2 id="${id}">${name}</h2>\n${body}\n</section>`).join("\n")}
</main>
</body>
</html>
`;
}

function sectionsOf(report: Report, picture: Picture | undefined): Section[] {
  const { plan } = report;
  const all: (Section | undefined)[] = [
    report.problems.length > 0
      ? section("problems", "Mistakes and warnings", problemTable(report))
      : undefined,
    ...(report.sites
      ? report.sites.flatMap((site) =>
          clusterSections(site, site.picture).map(({ id, title, body }) =>
            section(`${site.name}-${id}`, htmlText(`Site ${site.name}: ${title}`), body),
          ),
        )
      : clusterSections(report, picture)),
    plan && section("policies", "Policies", policyPart(plan.policies)),
  ];
  return all.filter((one) => one !== undefined);
}

/** What is about one cluster. */
function clusterSections(
  cluster: ReturnType<typeof clustersOf>[number],
  picture: Picture | undefined,
): Section[] {
  const { virtualAddresses = [], resilience, cutovers = [], comparison } = cluster;
  const all: (Section | undefined)[] = [
    comparison && section("change", "What this change does to resilience", changes(comparison)),
    resilience && section("losses", "When a node dies", matrix(resilience)),
    picture && section("topology", "What stands where", topologyPart(picture.topology)),
    resilience &&
      section("points", "Single points of failure", list(singlePointSentences(resilience, plain))),
    picture && section("timelines", "Step by step", picture.timelines.map(timelinePart).join("\n")),
    virtualAddresses.length > 0
      ? section(
          "addresses",
          "Virtual addresses: worst-case outage",
          table(
            "Worst-case outage of each virtual address",
            budgetHeadings,
            virtualAddresses.map(budgetCells),
          ),
        )
      : undefined,
    cutovers.length > 0 ? section("cutovers", "Cutovers", cutoverPart(cutovers)) : undefined,
    picture?.drills && section("drills", "Drills", drillPart(picture.drills)),
    picture?.runbook && section("runbook", "When something fails", runbookPart(picture.runbook)),
  ];
  return all.filter((one) => one !== undefined);
}

const section = (id: string, title: string, body: string): Section => ({ id, title, body });

const list = (lines: readonly string[]) =>
  `<ul>${lines.map((line) => `<li>${htmlText(line)}</li>`).join("")}</ul>`;

/** A table that scrolls by itself where it is too wide, also with the keyboard. */
function scrolling(label: string, content: string): string {
  return `<div class="scroll" role="region" aria-label="${htmlText(label)}" tabindex="0">${content}</div>`;
}

function table(
  label: string,
  headings: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  const body = rows.map(
    ([first = "", ...cells]) =>
      `<tr><th scope="row">${htmlText(first)}</th>${cells.map((cell) => `<td>${htmlText(cell)}</td>`).join("")}</tr>`,
  );
  return scrolling(
    label,
    `<table><caption>${htmlText(label)}</caption><thead><tr>${headings.map((one) => `<th scope="col">${htmlText(one)}</th>`).join("")}</tr></thead><tbody>${body.join("")}</tbody></table>`,
  );
}

function problemTable({ file, problems }: Report): string {
  const rows = problems.map((problem) => [
    problem.path,
    placeIn(file, problem),
    `${problem.severity}: ${problem.message}`,
  ]);
  return table("What was found in the stack file", ["where", "line", "what"], rows);
}

function changes(comparison: NonNullable<Report["comparison"]>): string {
  if ("incomparable" in comparison)
    return `<p>Not compared: ${htmlText(comparison.incomparable)}.</p>`;
  if (comparison.changes.length === 0) return "<p>No change in resilience.</p>";
  return list(comparison.changes.map((change) => `${change.verdict}: ${changeText(change)}`));
}

/** Services × losses: every cell says in words what its colour says. */
function matrix({ services, single, domains }: Resilience): string {
  const reports = [...single, ...domains];
  const head = reports.map(({ failed }) => `<th scope="col">${htmlText(failed.join(" + "))}</th>`);
  const rows = services.map((service) => {
    const cells = reports.map((report) => {
      const { text, tone } = outcomeCell(report.services[service]);
      return `<td class="${tone}">${htmlText(text)}</td>`;
    });
    // A name with its section may break behind the section.
    const name = htmlText(service).replaceAll(".", ".<wbr>");
    return `<tr><th scope="row">${name}</th>${cells.join("")}</tr>`;
  });
  const label = "What the loss of each node does to each service";
  return `${scrolling(label, `<table class="matrix"><caption>${label}</caption><thead><tr><th scope="col">service</th>${head.join("")}</tr></thead><tbody>${rows.join("")}</tbody></table>`)}
<h3>What the words mean</h3>
${list(legendFor(reports).map(([word, meaning]) => `${word}: ${meaning}`))}
<h3>In short</h3>
${list(reports.map((report) => `${report.failed.join(" + ")}: ${downText(report, services.length)}; ${quorumText(report)}`))}`;
}

/** The picture twice, for wide and narrow screens, and what it says as a table. */
function topologyPart(topology: Topology): string {
  const { nodes, addresses } = topology;
  const rows = nodes.flatMap(({ name: node, guests }) =>
    guests.map((guest) => [
      `${guest.vmid} ${guest.name}`,
      node,
      guest.address ?? "not stated",
      guest.storage,
      guest.haGroup ?? "not under HA",
      guest.copiedTo.length > 0 ? listed(guest.copiedTo, 9) : "nowhere",
      guest.backup && topology.backup ? topology.backup.storage : "no backup",
      addresses
        .filter(({ members }) => members.some(({ name }) => name === guest.name))
        .map(({ vip }) => vip)
        .join(", ") || "none",
    ]),
  );
  const headings = [
    "guest",
    "node",
    "address",
    "storage",
    "HA group",
    "disk copied to",
    "backed up to",
    "shares",
  ];
  return `<div class="wide">${scrolling("Picture of nodes, guests and addresses", topologySvg(topology, { columns: 3, id: "wide" }))}</div>
<div class="narrow">${topologySvg(topology, { columns: 1, id: "narrow" })}</div>
${table("Every guest, its node, address, copies and backup", headings, rows)}`;
}

function timelinePart({ node, steps }: NodeTimeline): string {
  const items = steps.map(({ atSec, text, source }) => {
    const at = atSec ? `after ${atSec[1] === 0 ? "0 s" : rangeText(atSec)}` : "until it is back";
    const from = source === "" ? "" : ` <small>Source: ${htmlText(source)}</small>`;
    return `<li><span class="at">${htmlText(at)}</span> ${htmlText(text)}.${from}</li>`;
  });
  return `<h3>The loss of ${htmlText(node)}</h3>\n<ol class="timeline">${items.join("")}</ol>`;
}

function policyPart(policies: NonNullable<Report["plan"]>["policies"]): string {
  const found = policies.flatMap((policy) => [
    ...policy.violations.map((violation) => `${policy.name}: ${violationText(violation)}`),
    ...policy.unable.map((reason) => `${policy.name}: could not be evaluated: ${reason}`),
  ]);
  const rows = policies.map((policy) => {
    const word = verdict(policy);
    const tone = word === "pass" ? "good" : word === "advice" ? "warn" : "bad";
    return `<tr><th scope="row"><a href="${htmlText(policy.docs)}">${htmlText(policy.name)}</a></th><td class="${tone}">${word}</td><td>${htmlText(policy.description)}</td></tr>`;
  });
  const label = "Every rule and how it ended";
  return `<p>${htmlText(policyCounts(policies))}</p>
${found.length > 0 ? list(found) : ""}
${scrolling(label, `<table><caption>${label}</caption><thead><tr><th scope="col">rule</th><th scope="col">result</th><th scope="col">what must hold</th></tr></thead><tbody>${rows.join("")}</tbody></table>`)}`;
}

function cutoverPart(cutovers: NonNullable<Report["cutovers"]>): string {
  const rows = cutovers.map(({ name, from, to, variant, consumers, phases }) => [
    name,
    from,
    to,
    variant,
    String(consumers),
    phases.join(", "),
  ]);
  const headings = ["cutover", "from", "to", "variant", "consumers", "phases"];
  return table("Addresses that clients leave", headings, rows);
}
