import type { Finding } from "../model/finding";
import { foreign } from "../model/foreign-text";
import { pageUrl } from "../model/pages";

/** Longest message in characters; a rule may name many files. */
const LONGEST = 4000;

/** A resource as a policy sees it; CrossGuard, the mock preview and the tests all bring this shape. */
export interface ObservedResource {
  /** Pulumi type token, e.g. `command:remote:Command`. */
  type: string;
  name: string;
  urn: string;
  /** Inputs where they were seen, outputs else; plain data, see `plain.ts`. */
  props: Record<string, unknown>;
  /** URN of the parent. @default a resource of the stack itself */
  parent?: string | undefined;
  /** URN of the provider that manages it. @default not told */
  provider?: string | undefined;
  /** URNs of what it depends on. @default not told */
  dependencies?: readonly string[];
  /** Cluster that it certainly belongs to, where a program has several. @default not told, or there is one */
  site?: string | undefined;
  /** Whether that cluster may be the same as another: the provider's endpoint is not known yet. @default false */
  siteUnsure?: boolean;
  /** Where a program has several clusters and nothing tells which is its own: all of them. @default its cluster is told */
  among?: {
    sites: readonly string[];
    /** Component around it that is of one cluster as a whole. @default none */
    within?: string;
  };
}

/** A finding with the place it belongs to. */
export interface Located {
  finding: Finding;
  /** The place in words, e.g. `keepalived.conf of 192.168.1.110 and 192.168.1.103`. */
  where: string;
  /** Resource it is reported at. @default the stack */
  urn?: string | undefined;
  /** Whether the same sentence about another resource says nothing new. @default false */
  once?: boolean;
}

/** One rule of the pack: pure functions over plain data, registered with CrossGuard elsewhere. */
export interface Rule {
  /** Name of the policy, of its configuration key and of its page. */
  name: string;
  /** What must hold, in one sentence. */
  description: string;
  /** Enforcement unless the pack's configuration says otherwise. */
  severity: "mandatory" | "advisory";
  /** Address of the rule's page. */
  docs: string;
  /** Type tokens that the rule looks at; nothing else is shown to it. */
  types: readonly string[];
  /** Types that it looks at as well, where no list can name them. @default none */
  alsoSees?(type: string): boolean;
  /** What a stack may state for it in the pack's configuration. @default its enforcement only */
  config?: RuleConfigSchema;
  /** Whether it also gives advice (findings of severity `warning`). @default false */
  advises?: boolean;
  /** Judges one resource by itself, before anything of it is created. */
  resource?(resource: ObservedResource): Located[];
  /** Whether `stack` sees all sites of a program together. @default it judges one cluster after the other */
  acrossSites?: boolean;
  /** Judges what takes several resources to see. */
  stack?(resources: ObservedResource[], config?: RuleConfig): Located[];
}

/** JSON Schema of a rule's configuration, as CrossGuard takes it. */
export interface RuleConfigSchema {
  properties: Record<
    string,
    { type: "object" | "array"; description: string; [more: string]: unknown }
  >;
}

/** What the pack's configuration states for a rule. */
export type RuleConfig = Record<string, unknown>;

/** Whether a rule looks at a resource of this type. */
export function sees(rule: Pick<Rule, "types" | "alsoSees">, type: string): boolean {
  const types = typeSets.get(rule.types) ?? new Set(rule.types);
  typeSets.set(rule.types, types);
  return types.has(type) || rule.alsoSees?.(type) === true;
}

/** A rule's types are asked for with every resource of a stack. */
const typeSets = new WeakMap<readonly string[], ReadonlySet<string>>();

/** What a user is told. */
export interface Violation {
  /** Name of the policy: the rule's own, or `<rule>-advice` for a warning. */
  policy: string;
  enforcement: "mandatory" | "advisory";
  message: string;
  urn?: string | undefined;
}

/** Page of a rule; the name decides. */
export function docsPage(rule: string): string {
  return pageUrl(`policies/${rule}.md`);
}

/** The sentence for people: where, what with numbers, the fix, the page. */
export function messageOf(rule: Rule, { finding, where }: Located): string {
  // Names in it are those of files and guests, and Pulumi prints it as it is.
  return foreign(`${where}: ${finding.message}; ${finding.fix} (see ${rule.docs})`, LONGEST);
}
