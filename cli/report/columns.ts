import { stripVTControlCharacters } from "node:util";

/** Lays cells out in columns as wide as their widest cell; colours take no width. */
export function columns(rows: readonly (readonly string[])[], gap = 2): string[] {
  const width = (cell: string) => stripVTControlCharacters(cell).length;
  const widths = rows.reduce<number[]>(
    (widest, row) => row.map((cell, index) => Math.max(widest[index] ?? 0, width(cell))),
    [],
  );
  return rows.map((row) =>
    row
      .map((cell, index) => cell + " ".repeat((widths[index] ?? 0) - width(cell) + gap))
      .join("")
      .trimEnd(),
  );
}

/** Breaks a list of words into lines of at most `width`, each starting with `indent` spaces. */
export function wrapped(words: readonly string[], indent: number, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of words) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (line !== "" && indent + longer.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = longer;
    }
  }
  return [...lines, ...(line === "" ? [] : [line])].map((text) => " ".repeat(indent) + text);
}

/** Characters per line of a terminal, within what is readable; 100 where nobody looks at one. */
export function lineWidth({ columns: wide = 100 }: { columns?: number }): number {
  return Math.min(Math.max(wide, 60), 140);
}
