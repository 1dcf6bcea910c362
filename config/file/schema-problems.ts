import type { z } from "zod";
import { foreign } from "../../model/foreign-text";
import { pageUrl } from "../../model/pages";
import { shown } from "../sections/network";
import { booleanFix, choiceFix, listFix, mapFix, meantValue, numberFix } from "./fixes";
import { tooDeep, unknownKeys } from "./misspelt-keys";
import type { Problem } from "./problem";
import { at, isObject } from "./raw";

/** What a type of the schema is for people, and how to write what was refused. */
const types: Record<
  string,
  { name: string; fix: (input: unknown, keys?: readonly string[]) => string }
> = {
  record: { name: "a map", fix: mapFix },
  object: { name: "a map", fix: mapFix },
  array: { name: "a list", fix: listFix },
  boolean: { name: "true or false", fix: booleanFix },
  number: { name: "a number", fix: (input) => numberFix(input, "write a number, e.g. 2") },
  int: { name: "a whole number", fix: (input) => numberFix(input, "write a whole number") },
  string: { name: "a text", fix: textFix },
};

function textFix(input: unknown): string {
  return typeof input === "object" && input !== null
    ? "write it on one line"
    : `put it in quotes: ${JSON.stringify(String(input))}`;
}

/** Keys of a map; of one that is of several kinds, those of all kinds. */
function shapeOf(inst: unknown): Record<string, z.ZodType> {
  const { shape, options = [] } = (inst ?? {}) as {
    shape?: Record<string, z.ZodType>;
    options?: unknown[];
  };
  return shape ?? Object.assign({}, ...options.map(shapeOf));
}

/** Keys that a missing map needs and may have, for a sentence. */
function fieldsOf(inst: unknown): string {
  const { shape, valueType } = (inst ?? {}) as {
    shape?: Record<string, z.ZodType>;
    /** Of a map whose keys are names. */
    valueType?: unknown;
  };
  if (valueType !== undefined)
    return fieldsOf(valueType).replace("add it with", "add it: an entry for each by name, with");
  if (!shape) return "add it";
  const needed = Object.keys(shape).filter((key) => !shape[key]?.safeParse(undefined).success);
  const other = Object.keys(shape).filter((key) => !needed.includes(key));
  const list = (keys: string[]) => keys.slice(0, 8).join(", ");
  return `add it with ${list(needed) || "keys"}${other.length > 0 ? ` (and, where needed, ${list(other)})` : ""}`;
}

/** Words for what zod itself would say without naming the value; the atoms bring their own. */
export const describeIssue: z.core.$ZodErrorMap = (issue) => {
  const found = `found ${shown(issue.input)}`;
  switch (issue.code) {
    case "invalid_type": {
      const { name, fix } = types[issue.expected] ?? {
        name: issue.expected,
        fix: () => "correct it",
      };
      if (issue.input === undefined) return `missing, expected ${name}; ${fieldsOf(issue.inst)}`;
      if (issue.input === null && name !== "a map") {
        return `found nothing, expected ${name}; write it behind the colon, or remove the line`;
      }
      return `${found}, expected ${name}; ${fix(issue.input, Object.keys(shapeOf(issue.inst)))}`;
    }
    case "invalid_value": {
      const values = issue.values.map(String);
      if (issue.input === undefined) return `missing, expected one of ${values.join(", ")}; add it`;
      return `${found}, expected one of ${values.join(", ")}; ${choiceFix(issue.input, values)}`;
    }
    case "too_small":
      return issue.origin === "array" || issue.origin === "string"
        ? `${found}, expected at least ${issue.minimum} ${issue.origin === "array" ? "element" : "character"}${issue.minimum === 1 ? "" : "s"}; add what is missing, or remove the key`
        : `${found}, expected a number ${issue.inclusive ? `of at least ${issue.minimum}` : `above ${issue.minimum}`}; write a larger one`;
    case "too_big":
      return `${found}, expected at most ${issue.maximum}; write a smaller one`;
    case "invalid_format":
      return `${found}, expected ${issue.format === "url" ? "an http or https URL; write e.g. http://192.168.1.120:3000" : `${issue.format}; correct it`}`;
    case "invalid_union": {
      const key = issue.discriminator;
      if (issue.input === undefined) return "missing, expected a value; add it";
      if (key === undefined)
        return `${found}, expected another kind of value; see ${pageUrl("configuration.md")}`;
      const values = kindsOf(issue.inst, key);
      const kind = at(issue.input, [key]);
      return kind === undefined
        ? `missing, expected one of ${values.join(", ")}; ${renamed(issue.input, values, key)}`
        : `found ${shown(kind)}, expected one of ${values.join(", ")}; ${choiceFix(kind, values)}`;
    }
    default:
      return undefined;
  }
};

/** How to add the key that tells the kinds apart, where another one has its value. */
function renamed(input: unknown, values: readonly string[], key: string): string {
  const other = Object.entries(isObject(input) ? input : {}).find(
    ([, value]) => typeof value === "string" && meantValue(value, values) !== undefined,
  );
  return other === undefined
    ? `add ${key}`
    : `write ${key} in place of "${foreign(other[0], 100)}"`;
}

/** Values of the key that tells the kinds of a union apart. */
function kindsOf(inst: unknown, key: string): string[] {
  const options = (inst as { options?: z.ZodObject[] } | undefined)?.options ?? [];
  return options.flatMap((option) => {
    const values = (option.shape?.[key] as z.ZodLiteral | undefined)?.values;
    return values ? [...values].map(String) : [];
  });
}

/** Mistakes that are told one by one. */
const MOST_ISSUES = 500;

/** Characters of one message; what was found can be as long as the file. */
const LONGEST_MESSAGE = 1000;

/** Every problem that the schema found, one for each unknown key. */
export function schemaProblems(
  schema: z.core.$ZodType,
  data: unknown,
  error: z.core.$ZodError,
): Problem[] {
  const all = withoutFollowing(error.issues);
  const more = all.length - MOST_ISSUES;
  const issues = all.slice(0, MOST_ISSUES);
  const rest: Problem[] =
    more > 0
      ? [{ path: [], message: `and ${more} more mistakes; mend these first`, severity: "error" }]
      : [];
  const deep = tooDeep(schema, data, issues.map(pathOf));
  const found = issues.flatMap((issue): Problem[] => {
    const path = pathOf(issue);
    if (deep.explains(path)) return [];
    if (issue.code === "unrecognized_keys") {
      return unknownKeys(schema, data, path, issue.keys.slice(0, MOST_ISSUES));
    }
    const message =
      issue.code === "invalid_key" ? (issue.issues[0]?.message ?? issue.message) : issue.message;
    return [{ path, message: foreign(message, LONGEST_MESSAGE), severity: "error" }];
  });
  return [...deep.problems, ...found, ...rest];
}

const pathOf = ({ path }: z.core.$ZodIssue) =>
  path.map((part) => (typeof part === "symbol" ? String(part) : part));

/** Without what follows from a value of the wrong kind, e.g. the length of a text that should be a list. */
function withoutFollowing(issues: readonly z.core.$ZodIssue[]): z.core.$ZodIssue[] {
  const wrong = new Map<string, z.core.$ZodIssue>();
  for (const issue of issues) {
    const place = JSON.stringify(issue.path);
    if (issue.code === "invalid_type" && !wrong.has(place)) wrong.set(place, issue);
  }
  return issues.filter((issue) => {
    const first = wrong.get(JSON.stringify(issue.path));
    return first === undefined || first === issue;
  });
}
