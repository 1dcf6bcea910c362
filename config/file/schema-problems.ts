import type { z } from "zod";
import { foreign } from "../../model/foreign-text";
import { pageUrl } from "../../model/pages";
import { shown } from "../sections/network";
import { booleanFix, listFix, mapFix, numberFix } from "./fixes";
import { hint, nearest } from "./nearest";
import type { Problem } from "./problem";
import type { Path } from "./raw";
import { at } from "./raw";
import { refusedKey } from "./refused-keys";

/** What a type of the schema is for people, and how to write what was refused. */
const types: Record<string, { name: string; fix: (input: unknown) => string }> = {
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
      return `${found}, expected ${name}; ${fix(issue.input)}`;
    }
    case "invalid_value": {
      const values = issue.values.map(String);
      if (issue.input === undefined) return `missing, expected one of ${values.join(", ")}; add it`;
      return `${found}, expected one of ${values.join(", ")}; ${hintOf(issue.input, values)}`;
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
      if (key === undefined)
        return `${found}, expected another kind of value; see ${pageUrl("docs/configuration.md")}`;
      const values = kindsOf(issue.inst, key);
      const kind = at(issue.input, [key]);
      return kind === undefined
        ? `missing, expected one of ${values.join(", ")}; add ${key}`
        : `found ${shown(kind)}, expected one of ${values.join(", ")}; ${hintOf(kind, values)}`;
    }
    default:
      return undefined;
  }
};

/** Words of Proxmox and of other tools for what is called otherwise here. */
const otherWords: Record<string, string> = {
  lxc: "ct",
  container: "ct",
  qemu: "vm",
  kvm: "vm",
  nfs: "shared",
  cifs: "shared",
  smb: "shared",
  iscsi: "shared",
  pbs: "shared",
  rbd: "ceph",
  cephfs: "ceph",
  zfspool: "zfs",
  lvm: "local",
  lvmthin: "local",
  dir: "local",
  btrfs: "local",
};

/** The value that was most likely meant, else all of them. */
function hintOf(found: unknown, values: readonly string[]): string {
  const word = String(found).toLowerCase();
  const same = otherWords[word];
  const meant = same !== undefined && values.includes(same) ? same : nearest(word, values);
  return meant === undefined ? `write one of these` : `write ${meant}`;
}

/** Values of the key that tells the kinds of a union apart. */
function kindsOf(inst: unknown, key: string): string[] {
  const options = (inst as { options?: z.ZodObject[] } | undefined)?.options ?? [];
  return options.flatMap((option) => {
    const values = (option.shape?.[key] as z.ZodLiteral | undefined)?.values;
    return values ? [...values].map(String) : [];
  });
}

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
  return [...withoutMisspelt(found), ...rest];
}

/** Without keys that are missing only because they are misspelt: that is one mistake. */
function withoutMisspelt(problems: Problem[]): Problem[] {
  const meant = new Set(
    problems.flatMap(({ path, message }) => {
      const [, name] = /^unknown key .*; did you mean "([^"]+)"\?$/.exec(message) ?? [];
      return name === undefined ? [] : [JSON.stringify([...path.slice(0, -1), name])];
    }),
  );
  return problems.filter(
    ({ path, message }) =>
      !/^(missing|found nothing)\b/.test(message) || !meant.has(JSON.stringify(path)),
  );
}
