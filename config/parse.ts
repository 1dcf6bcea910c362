import type { z } from "zod";
import type { Finding } from "../model/finding";
import { foreign } from "../model/foreign-text";
import { judgeAddresses } from "../model/network/addresses";
import { judgeSegments } from "../model/network/segments";
import { addressPlan, vmidProblems } from "./checks/address-plan";
import { judgementProblems } from "./checks/judgements";
import { referenceProblems } from "./checks/references";
import { hostileProblem } from "./file/hostile";
import { withoutMisspelt } from "./file/misspelt-keys";
import type { Problem } from "./file/problem";
import { fromFinding } from "./file/problem";
import { at, isObject, type Path, textAt } from "./file/raw";
import { salvage } from "./file/salvage";
import { describeIssue, schemaProblems } from "./file/schema-problems";
import type { siteSchema } from "./sites/site-schema";
import { type StackConfig, stackSchema } from "./stack";
import { workedOut } from "./worked-out";

/** A stack configuration that is sound, with the warnings about it; or everything that is wrong. */
export type ParsedStack =
  | {
      stack: StackConfig;
      warnings: Problem[];
      /** Kubeconfig context of its Kubernetes provider. @default kubectl's current one */
      kubernetesContext?: string;
    }
  | {
      stack?: undefined;
      problems: Problem[];
      /** What is left when everything that the schema refuses is taken out. @default too little */
      readable?: StackConfig;
    };

/** The sections, and whatever else stands beside them. */
export type StackSchema = typeof stackSchema | typeof siteSchema;

function sorted(problems: Problem[], bySection: readonly string[]): Problem[] {
  const section = (problem: Problem) => bySection.indexOf(String(problem.path[0]));
  return problems
    .map((problem, index) => ({ problem, index }))
    .sort((a, b) => section(a.problem) - section(b.problem) || a.index - b.index)
    .map(({ problem }) => ({ ...problem, message: foreign(problem.message, 2000) }));
}

/**
 * Checks one stack configuration (the sections without the `homelab:` prefix) and reports every
 * mistake at once: schema, references, addresses, and the model's judgement of whatever is sound.
 *
 * @param schema what may stand there. @default the sections of a stack file with one cluster
 * @param context kubeconfig context of the stack's Kubernetes provider. @default `kubernetesContext`, which a site has
 */
export function parseStack(
  data: unknown,
  schema: StackSchema = stackSchema,
  context: string | undefined = textAt(data, ["kubernetesContext"]),
): ParsedStack {
  const hostile = hostileProblem(data);
  if (hostile) return { problems: [hostile] };
  const result = schema.safeParse(data, { error: describeIssue });
  const readable = result.success ? result.data : salvage(schema, data);
  const sound = readable && workedOut(readable);
  const references = referenceProblems(data);
  const single = [
    ...(result.success ? [] : schemaProblems(schema, data, result.error as z.core.$ZodError)),
    ...references.problems,
  ];
  // A place that holds a bad value or a name of nothing is not judged as well.
  const broken = [...single.map(({ path }) => path), ...references.dangling].map((path) =>
    JSON.stringify(path).slice(0, -1),
  );
  const vmids = vmidProblems(data);
  // A guest whose id belongs to another one would be taken for that one.
  const twins = vmids.map(({ path }) => [...path.slice(0, 2), "node"]);
  // With a node or a storage missing from what is left, every placement on it would look wrong.
  const judging = !broken.some((path) => path.startsWith('["cluster"'));
  const judged = (
    judging && sound
      ? judgementProblems(withoutHomeless(sound, [...references.dangling, ...twins]), context)
      : []
  ).filter((problem) => {
    const place = JSON.stringify(problem.path).slice(0, -1);
    if (broken.some((path) => path === place || path.startsWith(`${place},`))) return false;
    // A guest with a mistake of its own is no name of nothing.
    return !(problem.path.includes("needs") && isRefused(data, sound, at(data, problem.path)));
  });
  const plan = addressPlan(data);
  const refusedSegment = broken.some((path) => path.startsWith('["cluster","segments"'));
  const segments = judgeSegments(plan.segments, ["cluster", "segments"]);
  // Whatever is in a segment with a mistake would be in none.
  const addresses = refusedSegment || segments.length > 0 ? { ...plan, segments: [] } : plan;
  const placed = (finding: Finding) => fromFinding([], finding);
  const problems = sorted(
    withoutMisspelt([
      ...single,
      ...vmids,
      ...segments.map(placed),
      ...judgeAddresses(addresses).map(placed),
      ...judged,
    ]),
    Object.keys(schema.shape),
  );
  const refused = problems.some((problem) => problem.severity === "error");
  if (sound && result.success && !refused) {
    const usual = context === undefined ? {} : { kubernetesContext: context };
    return { stack: sound, warnings: problems, ...usual };
  }
  return { problems, ...(sound && { readable: sound }) };
}

/** Whether a name is that of a guest, or of what one serves, that the schema refuses. */
function isRefused(data: unknown, sound: StackConfig | undefined, name: unknown): boolean {
  const guests = at(data, ["guests"]);
  if (!isObject(guests)) return false;
  return Object.entries(guests)
    .filter(([guest]) => sound === undefined || !Object.hasOwn(sound.guests, guest))
    .some(([guest, stated]) => guest === name || (isObject(stated) && stated.serves === name));
}

/**
 * The stack without guests whose node or storage does not exist, and without groups on such nodes:
 * whatever was said of them would follow from that.
 */
function withoutHomeless(stack: StackConfig, dangling: readonly Path[]): StackConfig {
  const without = <T>(section: Record<string, T>, name: "guests" | "haGroups", keys: string[]) =>
    Object.fromEntries(
      Object.entries(section).filter(
        ([key]) =>
          !dangling.some(
            ([root, entry, field]) =>
              root === name && entry === key && keys.includes(String(field)),
          ),
      ),
    );
  return {
    ...stack,
    guests: without(stack.guests, "guests", ["node", "storage"]),
    haGroups: without(stack.haGroups, "haGroups", ["nodes"]),
  };
}
