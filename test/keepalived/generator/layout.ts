import type { Block } from "./atoms";

export type Style = "usual" | "brace below" | "one line" | "crlf";

/** The lines of a block in one of the ways that people write it. */
export function rendered({ head, body }: Block, style: Style, depth: string): string[] {
  if (body === undefined) return [`${depth}${head}`];
  const inner = body.flatMap((one) => rendered(one, style, `${depth}    `));
  if (style === "brace below") return [`${depth}${head}`, `${depth}{`, ...inner, `${depth}}`];
  if (style === "one line" && !inner.some((one) => /[#!\\]/.test(one))) {
    return [`${depth}${head} { ${inner.map((one) => one.trim()).join(" ")} }`];
  }
  return [`${depth}${head} {`, ...inner, `${depth}}`];
}
