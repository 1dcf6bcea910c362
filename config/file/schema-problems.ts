import type { z } from "zod";
import { foreign } from "../../model/foreign-text";
import { pageUrl } from "../../model/pages";
import { shown } from "../sections/network";
import { hint } from "./nearest";
import type { Problem } from "./problem";
import type { Path } from "./raw";
import { at } from "./raw";
import { refusedKey } from "./refused-keys";

const article = (type: string) => (/^[aeiou]/.test(type) ? `an ${type}` : `a ${type}`);
const TYPES: Record<string, string> = { record: "a map", object: "a map", array: "a list" };

/** Words for what zod itself would say without naming the value; the atoms bring their own. */
export const describeIssue: z.core.$ZodErrorMap = (issue) => {
  const found = `found ${shown(issue.input)}`;
  switch (issue.code) {
    case "invalid_type": {
      const expected = TYPES[issue.expected] ?? article(issue.expected);
      return issue.input === undefined
        ? `missing, expected ${expected}; add it`
        : `${found}, expected ${expected}; change it`;
    }
    case "invalid_value":
      return `${found}, expected one of ${issue.values.map((value) => JSON.stringify(value)).join(", ")}; change it`;
    case "too_small":
      return `${found}, expected at least ${issue.minimum}${issue.origin === "array" ? (issue.minimum === 1 ? " element" : " elements") : ""}; add what is missing`;
    case "too_big":
      return `${found}, expected at most ${issue.maximum}; change it`;
    case "invalid_format":
      return `${found}, expected ${issue.format === "url" ? "an http or https URL" : issue.format}; change it`;
    case "invalid_union":
      return `${found}, expected one of the kinds of ${issue.discriminator ?? "value"} in ${pageUrl("configuration.md")}; change it`;
    default:
      return undefined;
  }
};

/** The schema below wrappers such as `.default()`; for a union, the option that the data chooses. */
function unwrap(schema: z.core.$ZodType, value: unknown): z.core.$ZodType {
  const def = (schema as z.ZodType).def as unknown as {
    type: string;
    innerType?: z.core.$ZodType;
    /** What a schema with a transform reads. */
    in?: z.core.$ZodType;
    options?: z.core.$ZodType[];
    discriminator?: string;
  };
  if (def.innerType) return unwrap(def.innerType, value);
  if (def.type === "pipe" && def.in) return unwrap(def.in, value);
  if (def.type === "union" && def.options) {
    const chosen = def.options.find((option) => {
      const key = def.discriminator ?? "";
      const literal = (option as z.ZodObject).shape?.[key];
      return literal?.safeParse(at(value, [key])).success;
    });
    return chosen ?? schema;
  }
  return schema;
}

/** Keys that the schema allows at a path; needed to say which key an unknown one most likely meant. */
export function allowedKeys(root: z.core.$ZodType, data: unknown, path: Path): string[] {
  let schema = unwrap(root, data);
  for (const [depth, key] of path.entries()) {
    const value = at(data, path.slice(0, depth + 1));
    const def = (schema as z.ZodType).def as unknown as {
      shape?: Record<string, z.core.$ZodType>;
      valueType?: z.core.$ZodType;
      element?: z.core.$ZodType;
    };
    const next = def.shape?.[String(key)] ?? def.valueType ?? def.element;
    if (!next) return [];
    schema = unwrap(next, value);
  }
  const shape = ((schema as z.ZodType).def as unknown as { shape?: object }).shape;
  return Object.keys(shape ?? {});
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
  const more = error.issues.length - MOST_ISSUES;
  const issues = error.issues.slice(0, MOST_ISSUES);
  const rest: Problem[] =
    more > 0
      ? [{ path: [], message: `and ${more} more mistakes; mend these first`, severity: "error" }]
      : [];
  const found = issues.flatMap((issue): Problem[] => {
    const path = issue.path.map((part) => (typeof part === "symbol" ? String(part) : part));
    if (issue.code === "unrecognized_keys") {
      const allowed = allowedKeys(schema, data, path);
      return issue.keys.slice(0, MOST_ISSUES).map((key) => ({
        path: [...path, key],
        message: `unknown key "${foreign(key, 100)}"; ${refusedKey(key, path) ?? hint(key, allowed)}`,
        severity: "error",
      }));
    }
    const message =
      issue.code === "invalid_key" ? (issue.issues[0]?.message ?? issue.message) : issue.message;
    return [{ path, message: foreign(message, LONGEST_MESSAGE), severity: "error" }];
  });
  return [...found, ...rest];
}
