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

function diagnosticsOf(events: readonly EngineEvent[]): Diagnostic[] {
  const found = new Map<string, Diagnostic>();
  for (const { diagnosticEvent } of events) {
    if (!diagnosticEvent || diagnosticEvent.ephemeral) continue;
    const { severity, urn, message } = diagnosticEvent;
    if (severity !== "error" && severity !== "warning") continue;
    const resource = urn && !urn.includes("pulumi:pulumi:Stack::") ? urn : undefined;
    const text = withoutMarkup(message);
    found.set(`${severity} ${resource} ${text}`, {
      severity,
      ...(resource && { resource }),
      message: text,
    });
  }
  return [...found.values()];
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
    policies: policyResults(rules, violationsOf(events)),
    diagnostics: diagnosticsOf(events),
  };
}
