import type {
  ReportViolation,
  ResourceValidationArgs,
  ResourceValidationPolicy,
  StackValidationArgs,
  StackValidationPolicy,
} from "@pulumi/policy";
import { adviceName, judgeResource, judgeStack } from "./evaluate";
import { plainProps, UNKNOWN } from "./reading/plain";
import { inItsSite, type SiteIndex, siteIndex } from "./reading/sites";
import {
  type Located,
  messageOf,
  type ObservedResource,
  type Rule,
  type RuleConfig,
  type RuleConfigSchema,
  sees,
} from "./rule";
import { SharedConfig } from "./shared-config";

type Policy = ResourceValidationPolicy & Partial<StackValidationPolicy>;

/**
 * The CrossGuard policies of a rule: one for what must not be and, for a rule that also advises, a
 * second one `<rule>-advice` that never blocks. Both take their enforcement from the pack's
 * configuration under their own names.
 */
export function policiesOf(rule: Rule): Policy[] {
  const { name, description, severity } = rule;
  const errors = policy(rule, "error", { name, description, enforcementLevel: severity });
  if (!rule.advises) return [errors];
  return [
    errors,
    policy(rule, "warning", { name: adviceName(rule), description, enforcementLevel: "advisory" }),
  ];
}

/** What was stated under any policy that takes the same configuration; one process judges one stack. */
const stated = new WeakMap<RuleConfigSchema, SharedConfig>();

function sharedBy(schema: RuleConfigSchema): SharedConfig {
  const shared = stated.get(schema) ?? new SharedConfig();
  stated.set(schema, shared);
  return shared;
}

type Head = Pick<Policy, "name" | "description" | "enforcementLevel">;

function policy(rule: Rule, severity: "error" | "warning", head: Head): Policy {
  const inputs = new Map<string, Record<string, unknown>>();
  const reported = new Set<string>();
  const shared = rule.config && sharedBy(rule.config);
  const tell = (found: Located[], report: ReportViolation) => {
    for (const located of found) {
      if (located.finding.severity !== severity) continue;
      const message = messageOf(rule, located);
      if (located.once && reported.has(message)) continue;
      reported.add(message);
      report(message, located.urn);
    }
  };
  return {
    ...head,
    url: rule.docs,
    ...(rule.config && { configSchema: rule.config }),
    validateResource: async (args: ResourceValidationArgs, report: ReportViolation) => {
      // Every policy sees the resources before any sees the stack.
      shared?.state(head.name, args.getConfig<RuleConfig>());
      if (!sees(rule, args.type)) return;
      const resource = await observed(args, args.opts.parent);
      inputs.set(resource.urn, resource.props);
      tell(judgeResource(rule, resource), report);
    },
    ...(rule.stack && {
      validateStack: async (args: StackValidationArgs, report: ReportViolation) => {
        const relevant = args.resources.filter((resource) => sees(rule, resource.type));
        const index = await sitesOf(args);
        const resources = await Promise.all(
          relevant.map(async (resource) => {
            const outputs = await observed(resource, resource.parent?.urn);
            const props = overlay(outputs.props, inputs.get(resource.urn));
            return inItsSite({ ...outputs, props }, index);
          }),
        );
        shared?.state(head.name, args.getConfig<RuleConfig>());
        tell(judgeStack(rule, resources, shared?.seenBy(head.name)), report);
      },
    }),
  };
}

/** Sites of all resources, once for each stack: every rule asks. */
function sitesOf({ resources }: StackValidationArgs): Promise<SiteIndex> {
  const known = indexes.get(resources);
  if (known) return known;
  const found = readSites(resources);
  indexes.set(resources, found);
  return found;
}

const indexes = new WeakMap<object, Promise<SiteIndex>>();

async function readSites(resources: StackValidationArgs["resources"]): Promise<SiteIndex> {
  const providers = new Map(
    resources.flatMap(({ provider }) => provider ?? []).map((one) => [one.urn, one]),
  );
  const endpoints = await Promise.all(
    [...providers].map(
      async ([urn, { props }]) => [urn, (await plainProps(props)).endpoint] as const,
    ),
  );
  return siteIndex(
    resources.map(({ urn, type, parent, provider, dependencies }) => ({
      ...{ urn, type, parent: parent?.urn, provider: provider?.urn },
      dependencies: dependencies.map((needed) => needed.urn),
    })),
    new Map(endpoints),
  );
}

/**
 * CrossGuard shows a stack policy outputs only: a component's facts are not among them, and a
 * provider may call an output unknown that the program wrote down. So the inputs seen before win.
 */
function overlay(
  outputs: Record<string, unknown>,
  inputs: Record<string, unknown> = {},
): Record<string, unknown> {
  const known = Object.entries(inputs).filter(([, value]) => value !== UNKNOWN);
  return { ...outputs, ...Object.fromEntries(known) };
}

async function observed(
  seen: Pick<ObservedResource, "type" | "name" | "urn" | "props"> & { provider?: { urn: string } },
  parent: string | undefined,
): Promise<ObservedResource> {
  const { type, name, urn } = seen;
  const props = await plainProps(seen.props);
  return { type, name, urn, props, parent, provider: seen.provider?.urn };
}
