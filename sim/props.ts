/** Properties of a resource as the simulated platforms see them: plain JSON, secrets unwrapped. */
export type Props = Record<string, unknown>;

/** What the engine sends for a value that is only known after an update (pulumi sdk, rpc.ts `unknownValue`). */
export const unknownValue = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** Whether a value is known already. */
export function known(value: unknown): boolean {
  return value !== unknownValue;
}

/** Whether two plain values are equal, whatever the order of their keys. */
export function equal(a: unknown, b: unknown): boolean {
  return stable(a) === stable(b);
}

/** JSON with sorted keys; `undefined` members vanish. */
export function stable(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(stable).join(",")}]`;
  if (isRecord(value)) {
    const members = Object.keys(value)
      .filter((key) => value[key] !== undefined)
      .sort()
      .map((key) => `${JSON.stringify(key)}:${stable(value[key])}`);
    return `{${members.join(",")}}`;
  }
  return JSON.stringify(value) ?? "null";
}

/** Whether a value is an object with named members. */
export function isRecord(value: unknown): value is Props {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The member `key` as text; empty when it is absent. */
export function text(props: Props, key: string): string {
  const value = props[key];
  return value === undefined || value === null ? "" : String(value);
}

/** The member `key` as an object; empty when it is absent. */
export function record(props: Props, key: string): Props {
  const value = props[key];
  return isRecord(value) ? value : {};
}

/** The member `key` as a list of texts; empty when it is absent. */
export function texts(props: Props, key: string): string[] {
  const value = props[key];
  return Array.isArray(value) ? value.map(String) : [];
}

/** Only the named members, those that are set. */
export function pick(props: Props, keys: Iterable<string>): Props {
  const picked: Props = {};
  for (const key of keys) if (props[key] !== undefined) picked[key] = props[key];
  return picked;
}

/** Paths at which two values differ, as the engine writes them: `spec.ports[0].port`. */
export function differences(before: unknown, after: unknown, path = ""): string[] {
  if (equal(before, after)) return [];
  if (isRecord(before) && isRecord(after)) {
    const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
    return [...keys].flatMap((key) => differences(before[key], after[key], member(path, key)));
  }
  if (Array.isArray(before) && Array.isArray(after)) {
    const length = Math.max(before.length, after.length);
    return Array.from({ length }, (_, index) => index).flatMap((index) =>
      differences(before[index], after[index], `${path}[${index}]`),
    );
  }
  return [path];
}

function member(path: string, key: string): string {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(key)) return `${path}[${JSON.stringify(key)}]`;
  return path === "" ? key : `${path}.${key}`;
}
