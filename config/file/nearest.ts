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

/** Most words of which one may be a short form: lists of keys and values, not of guests. */
const MOST_SHORTENED = 100;

/** The parts of a word: `virtualRouterId` has three, `kube-vip` two. */
const partsOf = (word: string) =>
  word
    .split(/[-_. ]|(?<=[a-z0-9])(?=[A-Z])/)
    .filter((part) => part !== "")
    .map((part) => part.toLowerCase());

/** Whether a text is made of the beginnings of the first parts, in their order. */
function beginnings(text: string, parts: readonly string[]): boolean {
  let ends = new Set([0]);
  for (const part of parts) {
    const next = new Set<number>();
    for (const end of ends) {
      for (let length = 1; length <= part.length; length++) {
        if (text[end + length - 1] !== part[length - 1]) break;
        next.add(end + length);
      }
    }
    if (next.has(text.length)) return true;
    ends = next;
  }
  return false;
}

/** Whether one word is a short form of another: `prio` of `priority`, `vrid` of `virtualRouterId`. */
function abbreviates(short: string, long: string): boolean {
  const text = partsOf(short).join("");
  const parts = partsOf(long);
  if (text.length < 3 || text.length >= long.length || long.length > LONGEST_WORD) return false;
  // A part by itself, as `nginx` of `ingress-nginx`.
  return beginnings(text, parts) || (parts.length > 1 && parts.includes(text));
}

/** Edits after which a word is still taken for another: half of a short one could be any word. */
const mostEdits = (word: string) =>
  word.length < 5 ? 1 : Math.max(2, Math.floor(word.length / 3));

/** Of short words another letter makes another word: `k0s` is not `k3s`. */
function isOtherWord(word: string, candidate: string): boolean {
  const letters = (text: string) => [...text].sort().join("");
  return (
    word.length < 4 && word.length === candidate.length && letters(word) !== letters(candidate)
  );
}

/** The known word that a mistyped or shortened one most likely meant, or undefined when none is near. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  if (word.length > LONGEST_WORD) return undefined;
  const lower = word.toLowerCase();
  const most = mostEdits(word);
  const compared = known.slice(0, MOST_COMPARED);
  const [best] = compared
    .filter((candidate) => Math.abs(candidate.length - word.length) <= most)
    .filter((candidate) => !isOtherWord(lower, candidate.toLowerCase()))
    .map((candidate) => ({ candidate, far: distance(lower, candidate.toLowerCase()) }))
    .sort((a, b) => a.far - b.far);
  if (best && best.far <= most) return best.candidate;
  const [shortest, ...longer] = compared
    .slice(0, MOST_SHORTENED)
    .filter((candidate) => abbreviates(word, candidate) || abbreviates(candidate, word))
    .sort((a, b) => a.length - b.length);
  // `addr` is short for `address` and `address6` alike, and the first is meant.
  return longer.every((other) => other.startsWith(shortest ?? "")) ? shortest : undefined;
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
