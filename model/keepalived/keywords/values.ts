import type { Keyword } from "../stream";

/** Keywords that change nothing that is judged here, but without a value keepalived ends over them. */
export function withValue(names: readonly string[]): [string, Keyword][] {
  return names.map((name) => [name, { run: (statement) => void statement.argument() }]);
}

/** Keywords that change nothing that is judged here, with a value or without. */
export function withoutEffect(names: readonly string[]): [string, Keyword][] {
  return names.map((name) => [name, {}]);
}
