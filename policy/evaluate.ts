import { plainProps } from "./reading/plain";
import { siteViews } from "./reading/site-views";
import { inItsSite, siteIndex } from "./reading/sites";
import {
  type Located,
  messageOf,
  type ObservedResource,
  type Rule,
  type RuleConfig,
  sees,
  type Violation,
} from "./rule";

/** Name of the policy that carries a rule's warnings. */
export function adviceName(rule: Rule): string {
  return `${rule.name}-advice`;
}

/** One finding as the user is told it. */
export function violation(rule: Rule, located: Located): Violation {
  const warning = located.finding.severity === "warning";
  return {
    policy: warning ? adviceName(rule) : rule.name,
    enforcement: warning ? "advisory" : rule.severity,
    message: messageOf(rule, located),
    urn: located.urn,
  };
}

/** What a rule finds in one resource, with the resource as the place to report it. */
export function judgeResource(rule: Rule, resource: ObservedResource): Located[] {
  if (!rule.resource || !sees(rule, resource.type)) return [];
  return rule.resource(resource).map((found) => ({ urn: resource.urn, ...found }));
}

/**
 * What a rule finds in the resources of a stack taken together, site by site. They are sorted first: a
 * program registers them in another order every time, and the messages must not change with it.
 */
export function judgeStack(
  rule: Rule,
  resources: ObservedResource[],
  config?: RuleConfig,
): Located[] {
  const { stack } = rule;
  if (!stack) return [];
  const seen = resources
    .filter((resource) => sees(rule, resource.type))
    .sort((a, b) => (a.urn < b.urn ? -1 : a.urn > b.urn ? 1 : 0));
  if (rule.acrossSites === true) return stack(seen, config);
  const { views, unplaced } = siteViews(seen);
  const [only = [], ...others] = views;
  if (others.length === 0) return stack(only, config);
  const key = (located: Located) => `${located.urn} ${messageOf(rule, located)}`;
  const told = new Set<string>();
  // What is of no site is seen in each.
  return [
    ...views.flatMap((view) => stack(view, config)),
    ...unplaced.flatMap((group) => {
      const [first = [], ...more] = group.views.map((view) => stack(view, config));
      const everywhere = more.map((found) => new Set(found.map(key)));
      return first.filter((located) => everywhere.every((found) => found.has(key(located))));
    }),
  ].filter((located) => {
    const known = told.has(key(located));
    told.add(key(located));
    return !known;
  });
}

/**
 * Runs rules over resources without CrossGuard: what the mock preview and the tests do. It gives
 * the violations that the registered pack reports for the same resources.
 */
export async function evaluate(
  rules: readonly Rule[],
  resources: readonly ObservedResource[],
): Promise<Violation[]> {
  const listed = new Set(rules.flatMap((rule) => rule.types));
  const open = rules.filter((rule) => rule.alsoSees);
  const endpoints = new Map(
    resources
      .filter(({ type }) => type.startsWith("pulumi:providers:"))
      .map(({ urn, props }) => [urn, props.endpoint]),
  );
  const index = siteIndex(resources, endpoints);
  const observed = await Promise.all(
    resources
      .filter(({ type }) => listed.has(type) || open.some((rule) => sees(rule, type)))
      .map(async (resource) =>
        inItsSite({ ...resource, props: await plainProps(resource.props) }, index),
      ),
  );
  return rules.flatMap((rule) => {
    const reported = new Set<string>();
    return [
      ...observed.flatMap((resource) => judgeResource(rule, resource)),
      ...judgeStack(rule, observed),
    ]
      .filter((located) => {
        const message = messageOf(rule, located);
        const known = located.once && reported.has(message);
        reported.add(message);
        return !known;
      })
      .map((located) => violation(rule, located));
  });
}
