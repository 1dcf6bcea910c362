import type { Finding } from "../finding";

/** Quoted names in a sentence: `"a", "b" or "c"`. */
export function namesText(names: readonly string[], last: "and" | "or" = "or"): string {
  const quoted = names.map((name) => `"${name}"`);
  return quoted.length < 2
    ? quoted.join("")
    : `${quoted.slice(0, -1).join(", ")} ${last} ${quoted.at(-1)}`;
}

/** Leaves out what was already said about a place: one wrong number is one mistake, however many members show it. */
export function firstPerPath(findings: readonly Finding[]): Finding[] {
  const places = findings.map(({ path }) => JSON.stringify(path));
  return findings.filter((_, index) => places.indexOf(places[index] ?? "") === index);
}
