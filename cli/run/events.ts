import type { EngineEvent } from "@pulumi/pulumi/automation";
import type { Rule } from "../../policy/rule";
import type { Diagnostic, Operation, PlannedResource, PolicyResult } from "../report/types";
import { policyResults, type RawViolation } from "./policy-results";

/** What the engine told while it ran. */
export interface EngineFindings {
  resources: PlannedResource[];
  policies: PolicyResult[];
  diagnostics: Diagnostic[];
}

/** Resources that exist only inside the engine: nobody plans them. */
export function isInternal(type: string): boolean {
  return type === "pulumi:pulumi:Stack" || type.startsWith("pulumi:providers:");
}

const operations: Record<string, Operation> = {
  same: "same",
  create: "create",
  update: "update",
  delete: "delete",
  read: "read",
  refresh: "refresh",
  import: "import",
  replace: "replace",
  "create-replacement": "replace",
  "delete-replaced": "replace",
  "import-replacement": "replace",
  "read-replacement": "replace",
};

/** The engine marks colours in its messages: `<{%reset%}>`. */
function withoutMarkup(text: string): string {
  return text.replace(/<\{%[^%]*%\}>/g, "").trim();
}

function resourcesOf(events: readonly EngineEvent[]): PlannedResource[] {
  const found = new Map<string, PlannedResource>();
  for (const { resourcePreEvent } of events) {
    const step = resourcePreEvent?.metadata;
    const operation = step && operations[step.op];
    if (!step || !operation || isInternal(step.type)) continue;
    // A replacement comes as three steps on one resource.
    if (found.get(step.urn)?.operation === "replace") continue;
    const parent = step.new?.parent || step.old?.parent;
    found.set(step.urn, {
      urn: step.urn,
      type: step.type,
      name: step.urn.slice(step.urn.lastIndexOf("::") + 2),
      ...(parent && { parent }),
      operation,
      changedInputs: operation === "update" || operation === "replace" ? (step.diffs ?? []) : [],
    });
  }
  return [...found.values()];
}

/** What the engine says in any case: where a plugin comes from, and that a refused run is refused. */
const noise = [/^using pulumi-\S+ from \$PATH\b/, /^(preview|update|destroy) failed$/];

function diagnosticsOf(events: readonly EngineEvent[]): Diagnostic[] {
  const found: Diagnostic[] = [];
  for (const { diagnosticEvent } of events) {
    if (!diagnosticEvent || diagnosticEvent.ephemeral) continue;
    const { severity, urn } = diagnosticEvent;
    const message = withoutMarkup(diagnosticEvent.message);
    if (severity !== "error" && severity !== "warning") continue;
    if (noise.some((pattern) => pattern.test(message))) continue;
    const resource = urn && !urn.includes("pulumi:pulumi:Stack::") ? urn : undefined;
    // The same error comes from the program, from the resource and from the stack.
    if (found.some((known) => known.message.includes(message))) continue;
    found.push({ severity, ...(resource && { resource }), message });
  }
  return found;
}

/** What the engine says of a pack that ran; the SDK's types do not have these events yet. */
interface PolicySummaries {
  /** After each resource: the policies that judged it. */
  policyAnalyzeSummaryEvent?: { passed?: string[]; failed?: string[] };
  /** After the policies over the whole stack, which only a run that came so far gets. */
  policyAnalyzeStackSummaryEvent?: object;
  /** At the end; older engines tell only here that there was a pack. */
  summaryEvent?: { PolicyPacks?: Record<string, string> };
}

/** Why nothing is known from a rule; undefined when it ran. A rule that never ran has not passed. */
function idleReason(events: readonly EngineEvent[]): (rule: Rule) => string | undefined {
  const summaries = events as readonly PolicySummaries[];
  const judged = new Set(
    summaries.flatMap(({ policyAnalyzeSummaryEvent: summary }) => [
      ...(summary?.passed ?? []),
      ...(summary?.failed ?? []),
    ]),
  );
  const wholeStack = summaries.some((event) => event.policyAnalyzeStackSummaryEvent);
  const ended = summaries.find((event) => event.summaryEvent)?.summaryEvent;
  const silent = judged.size === 0 && Object.keys(ended?.PolicyPacks ?? {}).length > 0;
  return (rule) => {
    if (silent) return undefined;
    if (!judged.has(rule.name)) return "the engine did not run it";
    return rule.stack && !wholeStack
      ? "the run ended before the whole stack was judged"
      : undefined;
  };
}

function violationsOf(events: readonly EngineEvent[]): RawViolation[] {
  return events.flatMap(({ policyEvent }) =>
    policyEvent
      ? [
          {
            policy: policyEvent.policyName,
            enforcement: policyEvent.enforcementLevel === "mandatory" ? "mandatory" : "advisory",
            message: withoutMarkup(policyEvent.message),
            ...(policyEvent.resourceUrn && { urn: policyEvent.resourceUrn }),
          } as const,
        ]
      : [],
  );
}

/** Reads the plan, the violations and the complaints out of the engine's events. */
export function engineFindings(
  events: readonly EngineEvent[],
  rules: readonly Rule[],
): EngineFindings {
  return {
    resources: resourcesOf(events),
    policies: policyResults(rules, violationsOf(events), idleReason(events)),
    diagnostics: diagnosticsOf(events),
  };
}
