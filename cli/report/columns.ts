import { displayWidth } from "./width";

/** Lays cells out in columns as wide as their widest cell; colours take no width. */
export function columns(rows: readonly (readonly string[])[], gap = 2): string[] {
  const widths = columnWidths(rows);
  return rows.map((row) =>
    row
      .map((cell, index) => cell + " ".repeat((widths[index] ?? 0) - displayWidth(cell) + gap))
      .join("")
      .trimEnd(),
  );
}

function columnWidths(rows: readonly (readonly string[])[]): number[] {
  return rows.reduce<number[]>(
    (widest, row) => row.map((cell, index) => Math.max(widest[index] ?? 0, displayWidth(cell))),
    [],
  );
}

/** Breaks a list of words into lines of at most `width`, each starting with `indent` spaces. */
export function wrapped(words: readonly string[], indent: number, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of words) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (line !== "" && indent + displayWidth(longer) > width) {
      lines.push(line);
      line = word;
    } else {
      line = longer;
    }
  }
  return [...lines, ...(line === "" ? [] : [line])].map((text) => " ".repeat(indent) + text);
}

/** Where a table stands. */
export interface TableLayout {
  /** Characters per line. */
  width: number;
  /** Spaces before each line. @default 2 */
  indent?: number;
  /** Names of the columns, which become the first row, or stand before each cell where rows are paragraphs. */
  head?: readonly string[];
}

/** Least room for a last column that is wrapped; below, each row becomes a paragraph. */
const LEAST_WRAPPED = 30;

/**
 * Rows in at most `width` characters: side by side where they fit, else with the last column
 * wrapped, else each row as a paragraph of its own that begins with its first cell.
 */
export function table(rows: readonly (readonly string[])[], layout: TableLayout): string[] {
  return tableParts(rows, layout).flat();
}

/** The same as {@link table} with the lines of each row together; a head is among those of the first. */
export function tableParts(
  rows: readonly (readonly string[])[],
  { width, indent = 2, head }: TableLayout,
): string[][] {
  if (rows.length === 0) return [];
  const margin = " ".repeat(indent);
  const all = head ? [head, ...rows] : rows;
  const natural = columns(all).map((line) => [margin + line]);
  if (natural.every(([line = ""]) => displayWidth(line) <= width)) return withHead(natural, head);
  const firsts = all.map((row) => row.slice(0, -1));
  const before = indent + columnWidths(firsts).reduce((sum, own) => sum + own + 2, 0);
  if (width - before >= LEAST_WRAPPED) {
    const leads = columns(firsts.map((row) => [...row, "|"])).map((line) => line.slice(0, -1));
    const lines = all.map((row, index) => {
      const [first = "", ...more] = wrapped(words(row.at(-1) ?? ""), before, width);
      return [`${margin}${leads[index]}${first.trimStart()}`.trimEnd(), ...more];
    });
    return withHead(lines, head);
  }
  return rows.map(([name = "", ...cells]) => [
    ...wrapped(words(name), indent, width),
    ...wrapped(words(paragraph(cells, head?.slice(1))), indent + 2, width),
  ]);
}

function withHead(lines: string[][], head: TableLayout["head"]): string[][] {
  if (!head) return lines;
  const [names = [], first = [], ...rest] = lines;
  return [[...names, ...first], ...rest];
}

/** Cells as one text, each after the name of its column. */
function paragraph(cells: readonly string[], names: readonly string[] = []): string {
  return cells
    .flatMap((cell, index) =>
      displayWidth(cell) === 0 ? [] : [names[index] ? `${names[index]}: ${cell}` : cell],
    )
    .join(names.length > 0 ? "; " : ", ");
}

function words(text: string): string[] {
  return text.split(" ").filter((word) => word !== "");
}
