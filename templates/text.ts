/** A line of a file, lines of a block, or nothing: `undefined` vanishes, so an option can be absent. */
export type Part = string | undefined | readonly Part[];

function lines(part: Part): string[] {
  if (part === undefined) return [];
  if (typeof part !== "string") return part.flatMap(lines);
  // Data with a line break in it would become configuration of its own.
  if (part === "" || /[\n\r\0]/.test(part)) {
    throw new Error(`found the line ${JSON.stringify(part)}, expected one line of text`);
  }
  return [part];
}

/** The text of a whole file; each part is set apart by an empty line. */
export function file(...parts: Part[]): string {
  const sections = parts.map(lines).filter((section) => section.length > 0);
  return `${sections.map((section) => section.join("\n")).join("\n\n")}\n`;
}

/** A head in front of an indented body. With `braces`, `head { … }` as keepalived writes it. */
export function block(
  head: string,
  body: readonly Part[],
  style: "braces" | "indent" = "braces",
): string[] {
  const inner = lines(body).map((line) => `  ${line}`);
  return style === "braces" ? [`${head} {`, ...inner, "}"] : [head, ...inner];
}

/** A shape of text that a format takes as it stands. */
interface Shape {
  pattern: RegExp;
  expected: string;
}

const WORD: Shape = {
  pattern: /^[A-Za-z0-9_./:@%+,=*-]+$/,
  expected: "one word of letters, digits and _ . / : @ % + , = * -",
};

const PLAIN: Shape = {
  pattern: /^[^\p{C}"'`\\$#!{}]*$/u,
  expected: "text without line break, quote, backslash, brace, $, # and !",
};

function checked(value: string | number, what: string, shape: Shape): string {
  const text = String(value);
  if (typeof value === "number" ? Number.isFinite(value) : shape.pattern.test(text)) return text;
  throw new Error(`${what}: found ${JSON.stringify(text)}, expected ${shape.expected}`);
}

/** A value that stands unquoted in a line: it can neither end the line nor start a comment or block. */
export function word(value: string | number, what: string): string {
  return checked(value, what, WORD);
}

/** A value in double quotes. */
export function quoted(value: string, what: string): string {
  return `"${checked(value, what, PLAIN)}"`;
}

/**
 * A value in single quotes as shells and HAProxy read them: every printable character stands for
 * itself. Passwords come this way, so a refusal does not show the value.
 */
export function literal(value: string, what: string): string {
  if (/\p{C}/u.test(value)) throw new Error(`${what}: expected text without control characters`);
  return `'${value.replaceAll("'", "'\\''")}'`;
}
