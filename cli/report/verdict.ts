import { isInterrupted } from "../../model/resilience/severity";
import type { SinglePoint } from "../../model/resilience/single-points";
import { counted, listed } from "../../model/text";
import { table, wrapped } from "./columns";
import { durationText } from "./duration";
import { type Paint, type Tone, toned } from "./paint";
import { policyCounts } from "./policies";
import { memoryKnown, singlePlaces } from "./resilience-points";
import { countsText } from "./tree";
import { clustersOf, type Plan, policyPasses, type Report, type Resilience } from "./types";

/** What a report comes to, in one sentence. */
export interface Verdict {
  text: string;
  tone: Tone;
}

const done: Record<Exclude<Report["action"], "preview">, string> = {
  up: "done: the simulated platforms match the stack",
  destroy: "done: nothing of the stack is left on the simulated platforms",
};

/** The sentence for people: what refuses the change, else what was found; and what a loss does. */
export function verdictOf(report: Report): Verdict {
  const { action, ok, plan } = report;
  const survival = survivalOf(report);
  if (!ok) {
    const loss = survival !== undefined && plan && action === "preview" ? `; ${survival}` : "";
    return { text: `refused: ${refusalCauses(report)}${loss}`, tone: "bad" };
  }
  if (action !== "preview") return { text: done[action], tone: "good" };
  const lost = clustersOf(report).some(({ resilience }) =>
    (resilience?.singlePoints ?? []).some(({ kind }) => kind !== "guest"),
  );
  const warned = lost || (plan !== undefined && advice(plan) > 0);
  const parts = [plan && policyText(plan), survival];
  return {
    text: parts.filter((part) => part !== undefined).join("; "),
    tone: warned ? "warn" : "good",
  };
}

/** What losses do, of every site with its name; undefined where nothing was judged. */
function survivalOf(report: Report): string | undefined {
  const texts = clustersOf(report).flatMap(({ name, resilience }) => {
    if (!resilience) return [];
    return [`${name === undefined ? "" : `${name}: `}${survivalText(resilience)}`];
  });
  return texts.length > 0 ? texts.join("; ") : undefined;
}

const advice = ({ policies }: Plan) =>
  policies.flatMap(({ violations }) => violations).filter((one) => one.enforcement === "advisory")
    .length;

function policyText(plan: Plan): string {
  const found = advice(plan);
  if (found === 0) return "no policy is violated";
  return `no mandatory policy is violated, and ${found === 1 ? "1 advice is" : `${found} advices are`} given`;
}

function refusalCauses(report: Report): string {
  const { plan, problems, file } = report;
  const short = clustersOf(report).some(({ shortfalls = [] }) => shortfalls.length > 0);
  const mistakes = problems.filter(({ severity }) => severity === "error").length;
  if (!plan) return `${counted(mistakes, "mistake")} in ${file}; nothing was registered`;
  const refusing = plan.policies.filter((policy) => !policyPasses(policy));
  const broken = refusing.filter(({ violations }) => violations.length > 0).map(({ name }) => name);
  const unable = refusing.filter((policy) => policy.unable.length > 0).length;
  const errors = plan.diagnostics.filter(({ severity }) => severity === "error").length;
  return [
    broken.length > 0 ? `policies not met: ${broken.join(", ")}` : "",
    unable > 0 ? `${counted(unable, "rule")} could not be evaluated` : "",
    errors > 0 ? counted(errors, "error") : "",
    plan.completed ? "" : "the run did not finish",
    short ? "less resilience than demanded" : "",
  ]
    .filter((cause) => cause !== "")
    .join("; ");
}

/** What a kind of loss is called where more than one of it is meant. */
const lossNames: Record<SinglePoint["kind"], string> = {
  node: "one node",
  rack: "one rack",
  ups: "one UPS",
  switch: "one switch",
  storage: "one storage",
  guest: "one guest",
};

/** `3 of 4 services do not survive the loss of pve1`: the services that nobody serves after one loss. */
export function survivalText(resilience: Resilience): string {
  const { services, singlePoints, domains } = resilience;
  const all = counted(services.length, "service");
  if (services.length === 0) return "the stack file declares no service";
  const parts = (Object.keys(lossNames) as SinglePoint["kind"][]).flatMap((kind) => {
    const points = kind === "guest" ? [] : singlePoints.filter((point) => point.kind === kind);
    const [first] = points;
    if (!first) return [];
    const lost = new Set(points.flatMap((point) => point.services)).size;
    const what =
      points.length > 1 ? lossNames[kind] : kind === "node" ? first.name : `${kind} ${first.name}`;
    return [{ lost, what }];
  });
  const [first, ...more] = parts;
  if (!first) {
    const others = domains.length > 0 ? ", failure domain or shared storage" : "";
    return `${services.length === 1 ? "the only service survives" : `all ${all} survive`} the loss of any one node${others}${ifMemory(resilience)}`;
  }
  const not = (lost: number) => `${lost === 1 ? "does" : "do"} not survive the loss of`;
  return [
    `${first.lost} of ${all} ${not(first.lost)} ${first.what}`,
    ...more.map(({ lost, what }) => `${lost} ${not(lost)} ${what}`),
  ].join("; ");
}

/** Services that some loss of one node interrupts for as long as a start elsewhere takes. */
function restarted({ single, services }: Resilience) {
  const outcomes = single.flatMap((report) =>
    services.flatMap((name) => {
      const outcome = report.services[name];
      return outcome && isInterrupted(outcome) && outcome.rtoSec ? [{ name, outcome }] : [];
    }),
  );
  return {
    count: new Set(outcomes.map(({ name }) => name)).size,
    longest: Math.max(0, ...outcomes.map(({ outcome }) => outcome.rtoSec?.[1] ?? 0)),
    lost: Math.max(0, ...outcomes.map(({ outcome }) => outcome.rpoSec)),
  };
}

const ifMemory = (resilience: Resilience) =>
  restarted(resilience).count === 0 || memoryKnown(resilience) ? "" : ", if the others have room";

function restartText(resilience: Resilience): string | undefined {
  const { count, longest, lost } = restarted(resilience);
  if (count === 0) return undefined;
  const data =
    lost === 0
      ? ""
      : Number.isFinite(lost)
        ? `, and loses at most ${durationText(lost)} of data`
        : ", and can lose all its data";
  return `${count} of ${counted(resilience.services.length, "service")}: each is away for at most ${durationText(longest)} and its boot${data}`;
}

/** What the verdict says nothing of. */
function notChecked(report: Report): string[] {
  const { plan } = report;
  const unknown = clustersOf(report).flatMap(({ name, resilience }) =>
    resilience && restarted(resilience).count > 0 && !memoryKnown(resilience) ? [name] : [],
  );
  const where = unknown.filter((name) => name !== undefined);
  return [
    ...(plan ? ["the real Proxmox, hosts, Kubernetes and Cloudflare (simulated here)"] : []),
    ...(plan?.mode.kind === "mock" ? ["what exists already (no engine)"] : []),
    ...(unknown.length > 0
      ? [
          `whether the other nodes${where.length > 0 ? ` of ${listed(where)}` : ""} have the memory (see N+1 below)`,
        ]
      : []),
  ];
}

type Row = [key: string, value: string];

/** Most single losses that the first lines name. */
const mostLosses = 5;

function lossRows(resilience: Resilience, paint: Paint): Row[] {
  const places = singlePlaces(resilience, paint);
  const rest = places.length - mostLosses;
  return [
    ...places
      .slice(0, mostLosses)
      .map(
        ([kind, name, what = ""]): Row => [kind === "node" ? `${name}` : `${kind} ${name}`, what],
      ),
    ...(rest > 0 ? [["", `and ${rest} more losses, see "Single points of failure"`] as Row] : []),
  ];
}

function engineText({ mode }: Plan): string {
  return mode.kind === "engine"
    ? `Pulumi ${mode.detail}`
    : `the SDK's mock monitor instead of Pulumi (${mode.detail})`;
}

function planRows(plan: Plan, { problems }: Report): Row[] {
  const file =
    problems.length === 0 ? "no mistake in the stack file" : counted(problems.length, "warning");
  return [
    ["changes", `${countsText(plan.resources)}; compared with ${plan.mode.against}`],
    ["checked", `${file}; ${policyCounts(plan.policies)}; ${engineText(plan)}`],
  ];
}

/** What the verdict rests on, and what it says nothing of. */
export function verdictFacts(report: Report, paint: Paint): Row[] {
  const { plan, resilience, notes, action } = report;
  const restarts = resilience && restartText(resilience);
  const unchecked = action === "preview" ? notChecked(report) : [];
  return [
    ...(plan ? planRows(plan, report) : []),
    ...(resilience ? lossRows(resilience, paint) : []),
    ...(restarts === undefined ? [] : [["restarts", restarts] as Row]),
    ...(unchecked.length > 0 ? [["unchecked", listed(unchecked)] as Row] : []),
    ...notes.map((note): Row => [toned(paint, "warn", "note"), note]),
  ];
}

/** The first lines of a report: the verdict, and beneath it what it rests on. */
export function verdictLines(
  report: Report,
  { paint, width }: { paint: Paint; width: number },
): string[] {
  const { text, tone } = verdictOf(report);
  const [first = "", ...more] = wrapped(
    [paint.bold(`${report.stack}:`), ...toned(paint, tone, text).split(" ")],
    2,
    width,
  );
  return [
    first.slice(2),
    ...more,
    ...table(
      verdictFacts(report, paint).map(([key, value]) => [paint.dim(key), value]),
      { width },
    ),
  ];
}
