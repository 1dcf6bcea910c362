import { z } from "zod";

/** The part of a JSON Schema that an interface is made of. */
interface FieldSchema {
  type?: string;
  description?: string;
  default?: unknown;
  examples?: unknown[];
  enum?: (string | number)[];
  anyOf?: FieldSchema[];
  properties?: Record<string, FieldSchema>;
  required?: string[];
  additionalProperties?: FieldSchema | false;
  items?: FieldSchema;
  /** A type that no JSON value has. */
  tsType?: string;
}

/** What the arguments of a component are generated from. */
export interface Source {
  /** Name of the interface. */
  name: string;
  description: string;
  schema: z.ZodType;
  /** Names of the types inside, by path: `check`, `members[]`, `routes.*`. */
  types: Readonly<Record<string, string>>;
}

/** Text of each type by its name; a type that others use has the names of those. */
export type Types = Map<string, { text: string; uses: Set<string> }>;

/**
 * The types of a component's arguments as TypeScript, with the sentences of their schema. Every nested
 * object and every choice between values has a name: Pulumi's packages know no others.
 */
export function typesOf({ name, description, schema, types }: Source): Types {
  const found: Types = new Map();
  const json = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as FieldSchema;
  const add = (type: string, text: string, uses: Set<string>) => {
    const before = found.get(type);
    if (before && before.text !== text) throw new Error(`${name}: two types are called ${type}`);
    found.set(type, { text, uses });
  };
  const named = (path: string) => {
    const type = types[path];
    if (type === undefined) throw new Error(`${name}: the type at ${path} has no name`);
    return type;
  };
  const typeOf = (field: FieldSchema, path: string, uses: Set<string>): string => {
    const own = (type: string) => {
      uses.add(type);
      return type;
    };
    if (field.tsType !== undefined) return field.tsType;
    if (field.enum) {
      const type = named(path);
      add(type, choice(type, field), new Set());
      return own(type);
    }
    if (field.properties) {
      const type = named(path);
      object(type, field, path);
      return own(type);
    }
    if (field.additionalProperties) {
      return `Record<string, ${typeOf(field.additionalProperties, `${path}.*`, uses)}>`;
    }
    if (field.items) return `${typeOf(field.items, `${path}[]`, uses)}[]`;
    if (field.anyOf?.every(({ type }) => type === field.anyOf?.[0]?.type)) {
      return typeOf(field.anyOf[0] ?? {}, path, uses);
    }
    if (field.type === "integer" || field.type === "number") return "number";
    if (field.type === "string" || field.type === "boolean") return field.type;
    throw new Error(`${name}: ${path} is ${JSON.stringify(field)}, which no package can say`);
  };
  const object = (type: string, field: FieldSchema, path: string) => {
    const uses = new Set<string>();
    const lines = Object.entries(field.properties ?? {}).flatMap(([key, inner]) => {
      const inside = path === "" ? key : `${path}.${key}`;
      const optional = !field.required?.includes(key);
      const text = comment(inner, `${name}: ${inside}`, optional).map((line) => `  ${line}`);
      return [...text, `  ${key}${optional ? "?" : ""}: ${typeOf(inner, inside, uses)};`];
    });
    const head = comment({ description: field.description ?? "" }, `${name}: ${path}`, false);
    add(type, [...head, `export interface ${type} {`, ...lines, "}"].join("\n"), uses);
  };
  object(name, { ...json, description }, "");
  return found;
}

/** A choice between values: an object that has each under a name, and the type of its values. */
function choice(type: string, { enum: values = [], description = "" }: FieldSchema): string {
  const members = values.map((value) => {
    const text = String(value).replace(/-(.)/g, (_hyphen, letter: string) => letter.toUpperCase());
    const key = typeof value === "number" ? `V${text}` : text[0]?.toUpperCase() + text.slice(1);
    return `  ${key}: ${JSON.stringify(value)},`;
  });
  const head = comment({ description: description.replace(DEFAULT, "") }, type, false);
  return [
    ...head,
    `export const ${type} = {`,
    ...members,
    "} as const;",
    ...head,
    `export type ${type} = (typeof ${type})[keyof typeof ${type}];`,
  ].join("\n");
}

const DEFAULT = / ?Default: (.*?)\.?$/s;

/** A doc comment: the sentence, then what counts when the field is left out, then an example. */
function comment(field: FieldSchema, what: string, optional: boolean): string[] {
  const { description = "", examples = [] } = field;
  const sentence = description.replace(DEFAULT, "").trim();
  if (sentence === "") throw new Error(`${what} has no description`);
  if (description.includes("*/")) throw new Error(`${what}: "*/" would end the comment`);
  const tags = examples.slice(0, 1).map((example) => `@example ${JSON.stringify(example)}`);
  if (optional) {
    const stated = DEFAULT.exec(description)?.[1] ?? defaultText(field);
    if (stated === undefined) throw new Error(`${what} is optional and has no default`);
    tags.unshift(`@default ${stated}`);
  }
  const lines = [sentence, ...tags].flatMap((text) => wrapped(text, 94));
  if (lines.length === 1 && sentence.length < 90) return [`/** ${sentence} */`];
  return ["/**", ...lines.map((line) => ` * ${line}`), " */"];
}

function defaultText({ default: value, additionalProperties }: FieldSchema): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (Object.keys(value).length > 0) return JSON.stringify(value);
  return Array.isArray(value) || additionalProperties ? "none" : "that of each field";
}

function wrapped(text: string, width: number): string[] {
  const lines: string[] = [""];
  for (const word of text.split(/\s+/)) {
    const last = lines[lines.length - 1] ?? "";
    if (last !== "" && last.length + word.length + 1 > width) lines.push(word);
    else lines[lines.length - 1] = last === "" ? word : `${last} ${word}`;
  }
  return lines;
}
