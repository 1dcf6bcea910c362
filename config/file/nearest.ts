import { foreign } from "../../model/foreign-text";

/** Edit distance of two words (insert, delete, replace, swap of neighbours), for spelling hints. */
function distance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  const cell = (i: number, j: number) => rows[i]?.[j] ?? Number.POSITIVE_INFINITY;
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    rows.push(row);
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      row.push(
        Math.min(
          cell(i - 1, j) + 1,
          cell(i, j - 1) + 1,
          cell(i - 1, j - 1) + (same ? 0 : 1),
          swapped ? cell(i - 2, j - 2) + 1 : Number.POSITIVE_INFINITY,
        ),
      );
    }
  }
  return cell(a.length, b.length);
}

/** Longest word that somebody mistypes; comparing takes the product of both lengths. */
const LONGEST_WORD = 80;

/** Most words that one is compared with: a suggestion is a courtesy and must not take seconds. */
const MOST_COMPARED = 2000;

/** The known word that a mistyped one most likely meant, or undefined when none is near. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  if (word.length > LONGEST_WORD) return undefined;
  const lower = word.toLowerCase();
  const most = Math.max(2, Math.floor(word.length / 3));
  const [best] = known
    .slice(0, MOST_COMPARED)
    .filter((candidate) => Math.abs(candidate.length - word.length) <= most)
    .map((candidate) => ({ candidate, far: distance(lower, candidate.toLowerCase()) }))
    .sort((a, b) => a.far - b.far);
  return best && best.far <= most ? best.candidate : undefined;
}

/** Most names that a hint lists: beyond, the list hides the sentence. */
const MOST_KNOWN = 30;

/** "did you mean …" when a word is near, else the list of what is allowed. */
export function hint(word: string, known: readonly string[]): string {
  const near = nearest(word, known);
  if (near) return `did you mean "${near}"?`;
  if (known.length === 0) return "there are none; add it there, or remove this";
  const names = [...known].sort();
  const more = names.length > MOST_KNOWN ? ` and ${names.length - MOST_KNOWN} more` : "";
  return `known are ${names
    .slice(0, MOST_KNOWN)
    .map((name) => foreign(name, 80))
    .join(", ")}${more}; write one of them`;
}
