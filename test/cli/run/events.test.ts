import type { EngineEvent, StepEventMetadata } from "@pulumi/pulumi/automation";
import { expect, test } from "vitest";
import { engineFindings } from "../../../cli/run/events";
import { policyResults } from "../../../cli/run/policy-results";
import { pageUrl } from "../../../model/pages";
import type { Rule } from "../../../policy/rule";

const rule = (name: string, more: Partial<Rule> = {}): Rule => ({
  name,
  description: `what ${name} demands`,
  severity: "mandatory",
  docs: pageUrl(`policies/${name}.md`),
  types: [],
  ...more,
});
const rules = [rule("vrrp-weight", { advises: true }), rule("ha-passthrough")];

const event = (more: Partial<EngineEvent>): EngineEvent => ({ sequence: 0, timestamp: 0, ...more });
const urn = (name: string, type = "command:remote:Command") => `urn:pulumi:s::p::${type}::${name}`;

function step(op: string, name: string, more: Partial<StepEventMetadata> = {}): EngineEvent {
  const type = more.type ?? "command:remote:Command";
  const metadata = { op, urn: urn(name, type), type, provider: "", ...more } as StepEventMetadata;
  return event({ resourcePreEvent: { metadata } });
}

test("steps become resources; a replacement is one, and what only the engine knows is none", () => {
  const { resources } = engineFindings(
    [
      step("create", "s", { type: "pulumi:pulumi:Stack" }),
      step("create", "default", { type: "pulumi:providers:command" }),
      step("create", "a"),
      step("same", "b"),
      step("update", "c", { diffs: ["stdin"] }),
      step("create-replacement", "d", { diffs: ["rule"] }),
      step("replace", "d", { diffs: ["rule"] }),
      step("delete-replaced", "d"),
      step("delete", "e"),
    ],
    rules,
  );
  expect(
    resources.map(({ name, operation, changedInputs }) => [name, operation, changedInputs]),
  ).toEqual([
    ["a", "create", []],
    ["b", "same", []],
    ["c", "update", ["stdin"]],
    ["d", "replace", ["rule"]],
    ["e", "delete", []],
  ]);
});

test("a violation belongs to its rule, advice too, and is told once", () => {
  const violation = (policyName: string, enforcementLevel: "mandatory" | "warning") =>
    event({
      policyEvent: {
        resourceUrn: urn("a"),
        message: `<{%reset%}>what ${policyName} demands\npriority 180 stays above 100<{%reset%}>\n`,
        color: "raw",
        policyName,
        policyPackName: "homelab-ha",
        policyPackVersion: "1",
        policyPackVersionTag: "1",
        enforcementLevel,
      },
    });
  const { policies } = engineFindings(
    [
      violation("vrrp-weight", "mandatory"),
      violation("vrrp-weight", "mandatory"),
      violation("ha-passthrough", "warning"),
    ],
    rules,
  );
  expect(policies.map(({ name, violations }) => [name, violations])).toEqual([
    [
      "vrrp-weight",
      [{ resource: urn("a"), message: "priority 180 stays above 100", enforcement: "mandatory" }],
    ],
    [
      "ha-passthrough",
      [{ resource: urn("a"), message: "priority 180 stays above 100", enforcement: "advisory" }],
    ],
  ]);
});

test("advice of a rule is filed under the rule", () => {
  const [weight] = policyResults(rules, [
    { policy: "vrrp-weight-advice", enforcement: "advisory", message: "prefer version 3" },
  ]);
  expect(weight?.violations).toEqual([{ message: "prefer version 3", enforcement: "advisory" }]);
});

test("a rule that could not run is not a rule that passed", () => {
  const message =
    "can't run policy 'vrrp-weight' during preview: string value at .stdin can't be known";
  const [weight] = policyResults(rules, [
    { policy: "vrrp-weight", enforcement: "advisory", message },
  ]);
  expect(weight).toMatchObject({ violations: [], unable: [message] });
});

/** What the engine sends after a resource was judged, and after the whole stack was. */
const judged = (passed: string[]) =>
  event({ policyAnalyzeSummaryEvent: { passed } } as Partial<EngineEvent>);
const stackJudged = event({ policyAnalyzeStackSummaryEvent: {} } as Partial<EngineEvent>);
const stackRules = [rule("vrrp-weight", { stack: () => [] }), rule("ha-passthrough")];
const unable = (events: EngineEvent[]) =>
  engineFindings(events, stackRules).policies.map((policy) => policy.unable);

test("a rule that never ran has not passed", () => {
  expect(unable([])).toEqual([["the engine did not run it"], ["the engine did not run it"]]);
  expect(unable([judged(["vrrp-weight", "ha-passthrough"])])).toEqual([
    ["the run ended before the whole stack was judged"],
    [],
  ]);
  expect(unable([judged(["vrrp-weight", "ha-passthrough"]), stackJudged])).toEqual([[], []]);
});

test("an engine that does not tell of each rule is believed when it names the pack at the end", () => {
  const summary = {
    PolicyPacks: { "homelab-ha": "0.1.0" },
  } as unknown as EngineEvent["summaryEvent"];
  expect(unable([event({ summaryEvent: summary })])).toEqual([[], []]);
});

test("a policy of another pack is shown as well", () => {
  const results = policyResults(rules, [
    { policy: "no-public-buckets", enforcement: "mandatory", message: "public" },
  ]);
  expect(results.map(({ name }) => name)).toEqual([
    "vrrp-weight",
    "ha-passthrough",
    "no-public-buckets",
  ]);
});

test("errors and warnings are kept once, information and progress are not", () => {
  const diagnostic = (severity: "info" | "warning" | "error", message: string, ephemeral = false) =>
    event({ diagnosticEvent: { urn: urn("a"), message, color: "raw", severity, ephemeral } });
  const { diagnostics } = engineFindings(
    [
      diagnostic("info", "hello"),
      diagnostic("warning", "<{%fg 3%}>old<{%reset%}>"),
      diagnostic("error", "refused"),
      diagnostic("error", "refused"),
      diagnostic("error", "waiting", true),
      diagnostic("error", "preview failed"),
      diagnostic("warning", "using pulumi-analyzer-policy-nodejs from $PATH at /usr/bin/x"),
    ],
    rules,
  );
  expect(diagnostics).toEqual([
    { severity: "warning", resource: urn("a"), message: "old" },
    { severity: "error", resource: urn("a"), message: "refused" },
  ]);
});
