/** The one number that a text holds and nothing but a unit or quotes around it: `2` of `2 GB`. */
function numberIn(text: string): { number: string; unit: string } | undefined {
  const [, number, unit = ""] = /^\s*([-+]?\d+(?:\.\d+)?)\s*([A-Za-z%]*)\s*$/.exec(text) ?? [];
  return number === undefined ? undefined : { number, unit };
}

/**
 * How to write a number that was refused.
 *
 * @param otherwise the fix where nothing better is known
 */
export function numberFix(input: unknown, otherwise: string): string {
  if (typeof input === "string") {
    const found = numberIn(input);
    if (!found) return `write it in digits, e.g. ${example(otherwise)}`;
    return found.unit === ""
      ? `write it without quotes: ${found.number}`
      : "write the number alone, in the unit that the name of the key ends in";
  }
  if (typeof input === "number" && Number.isFinite(input) && !Number.isInteger(input)) {
    return `write a whole number, e.g. ${Math.max(1, Math.round(input))}`;
  }
  return otherwise;
}

const example = (text: string) => /\d+/.exec(text)?.[0] ?? "2";

/** How to write a host name that was refused. */
export function hostnameFix(input: unknown): string {
  const otherwise = "write e.g. grafana.internal.example.org";
  if (typeof input !== "string") return otherwise;
  const bare = input
    .replace(/^[a-z]+:\/\//i, "")
    .replace(/[/:].*$/, "")
    .toLowerCase();
  const good = /^(\*\.)?([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]([a-z0-9-]*[a-z0-9])?$/.test(bare);
  return good && bare !== input ? `write ${bare}` : otherwise;
}

/** Words that other tools have for true and false. */
const booleans: Record<string, boolean> = {
  yes: true,
  on: true,
  true: true,
  y: true,
  "1": true,
  no: false,
  off: false,
  false: false,
  n: false,
  "0": false,
};

/** How to write a boolean that was refused. */
export function booleanFix(input: unknown): string {
  const meant = booleans[String(input).toLowerCase()];
  return meant === undefined ? "write true or false" : `write ${meant}, without quotes`;
}

/** How to write a list that was refused. */
export function listFix(input: unknown): string {
  if (typeof input === "string" || typeof input === "number") {
    const parts = String(input)
      .split(/\s*[,;]\s*|\s+/)
      .filter((part) => part !== "");
    return `write [${parts.join(", ")}]`;
  }
  return `begin each entry on a line of its own with "- "`;
}

/** How to write a map that was refused. */
export function mapFix(input: unknown): string {
  if (Array.isArray(input)) {
    const [first] = input;
    const name = typeof first === "string" ? first : (first as { name?: unknown } | null)?.name;
    const shown = typeof name === "string" ? name : "<name>";
    return `write "${shown}: ..." for each entry, without "- "`;
  }
  if (input === null) return "write its keys below it, indented further, or remove the line";
  return "write its keys below it, indented further";
}
