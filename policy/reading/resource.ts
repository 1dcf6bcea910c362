import type { ObservedResource } from "../rule";
import { UNKNOWN } from "./plain";

/**
 * Follows a path into plain data: `UNKNOWN` when a step is not known yet, `undefined` when a step
 * is absent.
 */
export function field(value: unknown, ...path: (string | number)[]): unknown {
  let at = value;
  for (const step of path) {
    if (at === UNKNOWN) return UNKNOWN;
    if (typeof at !== "object" || at === null) return undefined;
    at = Reflect.get(at, step);
  }
  return at;
}

/** The text at a path; `undefined` when absent, unknown, or something else. */
export function text(value: unknown, ...path: (string | number)[]): string | undefined {
  const found = field(value, ...path);
  return typeof found === "string" ? found : undefined;
}

/** The number at a path, also when a provider sends it as text. */
export function number(value: unknown, ...path: (string | number)[]): number | undefined {
  const found = field(value, ...path);
  if (typeof found === "string" && /^-?\d+(\.\d+)?$/.test(found)) return Number(found);
  return typeof found === "number" ? found : undefined;
}

/** The boolean at a path. */
export function flag(value: unknown, ...path: (string | number)[]): boolean | undefined {
  const found = field(value, ...path);
  return typeof found === "boolean" ? found : undefined;
}

/** The list at a path; empty when absent or unknown. */
export function list(value: unknown, ...path: (string | number)[]): unknown[] {
  const found = field(value, ...path);
  return Array.isArray(found) ? found : [];
}

/** The texts of a list; what is unknown or no text is left out. */
export function texts(value: unknown, ...path: (string | number)[]): string[] {
  return list(value, ...path).filter((item) => typeof item === "string");
}

/** The entries of a record at a path; none when absent or unknown. */
export function entries(value: unknown, ...path: (string | number)[]): [string, unknown][] {
  const found = field(value, ...path);
  if (typeof found !== "object" || found === null || Array.isArray(found)) return [];
  return Object.entries(found);
}

/** Whether a value, or anything inside it, is not known yet. */
export function hasUnknown(value: unknown): boolean {
  if (value === UNKNOWN) return true;
  if (typeof value !== "object" || value === null) return false;
  return Object.values(value).some(hasUnknown);
}

/** The last part of a type token: `Command` of `command:remote:Command`. */
export function typeName(type: string): string {
  return type.slice(type.lastIndexOf(":") + 1);
}

/** How a message names a resource: `Command "primary-keepalived"`. */
export function placeOf(resource: ObservedResource): string {
  return `${typeName(resource.type)} "${resource.name}"`;
}
