import type { CapacitySummary } from "../../model/capacity/summary";
import type { PlannedReport } from "../../model/planned/planned";
import type { FailureReport, Outcome } from "../../model/resilience/resilience";
import type { SinglePoint } from "../../model/resilience/single-points";
import type { VrrpBudget } from "../../model/vrrp/budget";
import type { Picture } from "./picture/types";

/** One mistake in the stack file, with its place as people write it. */
export interface ReportedProblem {
  /** Full path: `homelab:traefikPairs.traefik.members[1].priority`. */
  path: string;
  /** File of sections that it is in, where not the stack file itself. */
  file?: string;
  /** Line in the file, counted from 1; absent where the file has nothing there. */
  line?: number;
  /** Column in that line, counted from 1; for mistakes that leave no path, and in files of sections. */
  column?: number;
  message: string;
  severity: "error" | "warning";
}

/** What a run does to one resource; the words are the engine's own. */
export type Operation =
  | "same"
  | "create"
  | "update"
  | "replace"
  | "delete"
  | "read"
  | "import"
  | "refresh";

/** One resource of the plan. */
export interface PlannedResource {
  urn: string;
  type: string;
  name: string;
  /** URN of the parent; absent for the stack itself. */
  parent?: string;
  operation: Operation;
  /** Inputs that change, for an update or a replacement. */
  changedInputs: string[];
}

/** A sentence of a rule about one resource. */
export interface RuleViolation {
  /** URN of the resource, absent when it is about the stack as a whole. */
  resource?: string;
  message: string;
  enforcement: "mandatory" | "advisory";
}

/** What one rule of the policy pack said. */
export interface PolicyResult {
  name: string;
  description: string;
  /** Address of the rule's page. */
  docs: string;
  enforcement: "mandatory" | "advisory";
  violations: RuleViolation[];
  /** Why the rule could not be evaluated; as bad as a violation, for nothing was proven. */
  unable: string[];
}

/** An error or warning of the engine, the program or a provider. */
export interface Diagnostic {
  severity: "error" | "warning";
  resource?: string;
  message: string;
}

/** How the plan was made. */
export interface RunMode {
  /** `engine`: the real Pulumi CLI; `mock`: the SDK's mock monitor, without any engine. */
  kind: "engine" | "mock";
  /** Version of the engine, or why there is none. */
  detail: string;
  /** The state that the plan is compared with. */
  against: string;
}

/** The plan and what the policies say of it. */
export interface Plan {
  mode: RunMode;
  resources: PlannedResource[];
  policies: PolicyResult[];
  diagnostics: Diagnostic[];
  /** Whether engine and program came to their end; violations do not count here. */
  completed: boolean;
}

/** One virtual address: who holds it, and how long a takeover lasts. */
export interface VirtualAddress {
  /** Section of the stack file, e.g. `traefikPairs`; two sections may use one name. */
  section: string;
  name: string;
  vip: string;
  /** IPv6 address that moves with it. */
  vip6?: string;
  /** Members, the preferred one first. */
  members: { name: string; node: string; priority: number }[];
  budget: VrrpBudget;
}

/** One move from an address to another that the stack file declares. */
export interface DeclaredCutover {
  name: string;
  from: string;
  /** Address and what has it, in words. */
  to: string;
  variant: "additive" | "in-place";
  consumers: number;
  /** Ids of the phases, in their order. */
  phases: string[];
}

/**
 * What every single and double loss does. In the reports of single losses, outcomes that are not
 * listed are `unaffected`; in those of double losses they are the worse of the two single losses.
 */
export interface Resilience {
  nodes: string[];
  services: string[];
  guests: string[];
  single: FailureReport[];
  double: FailureReport[];
  /** The loss of each failure domain and of each storage that nodes share. */
  domains: FailureReport[];
  /** The planned reboot and shutdown of each node. */
  planned: PlannedReport[];
  singlePoints: SinglePoint[];
  /** Memory and cores after every single loss, and after every double one. */
  capacity: { single: CapacitySummary; double: CapacitySummary };
}

/** How the fate of one service or guest differs between two configurations. */
export interface ResilienceChange {
  /** Nodes whose loss is meant. */
  failed: string[];
  kind: "service" | "guest";
  name: string;
  verdict: "worse" | "better" | "new" | "gone";
  /** Absent for what is new. */
  before?: Outcome;
  /** Absent for what is gone. */
  after?: Outcome;
}

/** What a change does to resilience, or why that cannot be said. */
export type Comparison = { changes: ResilienceChange[] } | { incomparable: string };

/** What a report says of one of several sites. */
export interface SiteReport
  extends Pick<
    Report,
    "shortfalls" | "virtualAddresses" | "resilience" | "cutovers" | "comparison" | "picture"
  > {
  name: string;
}

/**
 * Everything one run found out; `--json` prints exactly this, where a time without end (an address
 * that never moves, data without a backup) is `null`.
 */
export interface Report {
  action: "preview" | "up" | "destroy";
  stack: string;
  /** The stack file, as it was named on the command line. */
  file: string;
  /** Whether no problems were found; decides the exit code. */
  ok: boolean;
  problems: ReportedProblem[];
  /** Where the resilience falls short of what `--min-resilience` demands. @default nothing was demanded */
  shortfalls?: string[];
  /** Facts the reader must know, such as a secret that was made up. */
  notes: string[];
  /** Absent when the configuration was refused: then nothing was registered. */
  plan?: Plan;
  virtualAddresses?: VirtualAddress[];
  resilience?: Resilience;
  /** Each site of a stack file that has several; what stands here for one cluster stands there then. */
  sites?: SiteReport[];
  /** Absent where the stack file declares none. */
  cutovers?: DeclaredCutover[];
  /** What stands where; `homelab report` alone draws it. */
  picture?: Picture;
  /** Present when an earlier stack file was given. */
  comparison?: Comparison;
}

/** Whether a rule lets the change pass: nothing mandatory is violated, and it could judge all. */
export function policyPasses({ unable, violations }: PolicyResult): boolean {
  return unable.length === 0 && violations.every(({ enforcement }) => enforcement === "advisory");
}

/** Whether a plan may be carried out. */
export function planPasses(plan: Plan, action: Report["action"]): boolean {
  return (
    plan.completed &&
    // An emptied pack proves nothing; only taking a stack away is not judged.
    (plan.policies.length > 0 || action === "destroy") &&
    plan.policies.every(policyPasses) &&
    plan.diagnostics.every((diagnostic) => diagnostic.severity !== "error")
  );
}

/** What a report says of each cluster: of the only one, without a name, or of every site. */
export function clustersOf(report: Report): (Omit<SiteReport, "name"> & { name?: string })[] {
  return report.sites ?? [report];
}
