import type { FileSite } from "../../config/file/parse-file";
import { errorText } from "../../model/text";
import { evaluate } from "../../policy/evaluate";
import type { ObservedResource } from "../../policy/rule";
import { rules } from "../../policy/rules/all";
import { runWithMocks } from "../../sim/mocks";
import type { RegisteredResource } from "../../sim/registered";
import { worldFromSites } from "../../sim/seed";
import type { Diagnostic, Plan, PlannedResource } from "../report/types";
import { isInternal } from "./events";
import { mockConfig } from "./mock-config";
import { policyResults } from "./policy-results";

/** What a plan without an engine needs. */
export interface MockRun {
  /** Name of the stack. */
  stack: string;
  sites: readonly FileSite[];
  /** Sections of the stack file itself, as it states them. */
  data: Record<string, unknown>;
  program: () => Promise<Record<string, unknown>>;
  /** Why there is no engine. */
  why: string;
}

/** Runs the program on the SDK's mock monitor and the rules in this process. */
export async function planWithMocks({ stack, sites, data, program, why }: MockRun): Promise<Plan> {
  let registered: RegisteredResource[] = [];
  const diagnostics: Diagnostic[] = [];
  try {
    registered = await runWithMocks(program, {
      project: "homelab-ha",
      stack,
      config: mockConfig(data, sites),
      world: worldFromSites(sites),
    });
  } catch (error) {
    diagnostics.push({
      severity: "error",
      message: errorText(error),
    });
  }
  return {
    mode: {
      kind: "mock",
      detail: why,
      against: "nothing: every resource counts as new",
    },
    resources: registered.filter(({ type }) => !isInternal(type)).map(planned),
    policies: policyResults(rules, await evaluate(rules, observed(registered)), (rule) =>
      rule.stack && diagnostics.length > 0
        ? "the run ended before the whole stack was judged"
        : undefined,
    ),
    diagnostics,
    completed: diagnostics.length === 0,
  };
}

/** What the policy rules see of a program that ran without an engine. */
export function observed(resources: readonly RegisteredResource[]): ObservedResource[] {
  return resources.map(({ type, name, urn, inputs, outputs, parentUrn, provider }) => ({
    type,
    name,
    urn,
    props: { ...outputs, ...inputs },
    parent: parentUrn,
    provider,
  }));
}

function planned({ urn, type, name, parentUrn }: RegisteredResource): PlannedResource {
  return {
    urn,
    type,
    name,
    ...(parentUrn !== undefined && { parent: parentUrn }),
    operation: "create",
    changedInputs: [],
  };
}
