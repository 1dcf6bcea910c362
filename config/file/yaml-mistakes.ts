import { type Document, isPair, isScalar, type Node, type Pair, visit, type YAMLError } from "yaml";
import { counted } from "../../model/text";
import type { Position } from "./raw";

/** A mistake with which the text can still be read. */
export interface YamlSlip extends Position {
  /** Keys from the root of the text. */
  path: (string | number)[];
  message: string;
}

/** Longest piece of a text that a message quotes. */
const LONGEST = 50;

const quoted = (text: string) =>
  JSON.stringify(text.length > LONGEST ? `${text.slice(0, LONGEST - 3)}...` : text);

interface Line {
  text: string;
  /** The nearest line above that says something. */
  above: string;
}

const indentOf = (text: string) => text.length - text.trimStart().length;

/** What a line shows by itself, the surest first. */
const lineMistakes: readonly ((line: Line) => string | undefined)[] = [
  ({ text }) =>
    /^(<{7}|={7}|>{7}|\|{7})( |$)/.test(text)
      ? `found ${quoted(text)}, a line of a merge conflict, expected YAML; choose one side and remove the marker lines`
      : undefined,
  ({ text }) =>
    /[\u00a0\u2000-\u200b\u202f\u3000\ufeff]/.test(text)
      ? "found a no-break or other special space in this line, expected plain spaces; type its spaces anew"
      : undefined,
  ({ text }) =>
    /^ *\t/.test(text)
      ? "found a tab, expected spaces; indent with two spaces for each level"
      : undefined,
  ({ text }) => {
    const [, key, value] = /^\s*(?:- )?([A-Za-z][\w.-]*):([^\s:/][^:]*)$/.exec(text) ?? [];
    return key === undefined
      ? undefined
      : `found ${quoted(`${key}:${value}`)}, expected a space behind the colon; write ${key}: ${value?.trim()}`;
  },
  ({ text }) => {
    const [, key, value] = /^\s*(?:- )?([A-Za-z][\w.-]*)\s*=\s*(\S.*)$/.exec(text) ?? [];
    return key === undefined
      ? undefined
      : `found ${quoted(`${key} = ${value}`)}, expected "key: value"; write ${key}: ${value}`;
  },
  ({ text }) => {
    const [, what] = /^\s*-([^\s-].*)$/.exec(text) ?? [];
    return what === undefined
      ? undefined
      : `found ${quoted(`-${what}`)}, expected a space behind the dash; write - ${what.slice(0, LONGEST)}`;
  },
  ({ text }) => {
    const [flow = ""] = /\{[^{}]*\}/.exec(text) ?? [];
    if (/;/.test(flow))
      return `found ${quoted(flow)}, expected commas between the entries; write commas instead of semicolons`;
    return /:\s*[^,{}[\]"']+\s[A-Za-z]\w*:\s/.test(flow)
      ? `found ${quoted(flow)}, expected a comma between two entries; add it`
      : undefined;
  },
  ({ text }) => {
    const [, key, value] = /^\s*(?:- )?([A-Za-z][\w.-]*): ([^"'{[#|>&*]*: .*)$/.exec(text) ?? [];
    return key === undefined
      ? undefined
      : `found a second colon in ${quoted(value ?? "")}, expected a text without ": "; put it in quotes: ${key}: ${JSON.stringify(value)}`;
  },
];

/** An opening bracket that nothing closes, by a look at each line for itself. */
function openBracket(
  lines: readonly string[],
  last: number,
): { line: number; column: number } | undefined {
  for (let line = last; line >= Math.max(0, last - 20); line--) {
    const bare = (lines[line] ?? "").replace(/"[^"]*"|'[^']*'|#.*$/g, (text) =>
      " ".repeat(text.length),
    );
    const open: number[] = [];
    for (const [column, character] of [...bare].entries()) {
      if ("[{".includes(character)) open.push(column);
      if ("]}".includes(character)) open.pop();
    }
    const [first] = open;
    if (first !== undefined) return { line, column: first };
  }
  return undefined;
}

/** A mistake of the YAML itself in the words of this program: what was found, what is expected, how to mend it. */
export function yamlMistake(
  source: string,
  error: YAMLError,
  at: Position,
): Position & { message: string } {
  const lines = source.split("\n");
  const index = at.line - 1;
  const text = lines[index] ?? "";
  const above = lines.slice(0, index).findLast((line) => line.trim() !== "") ?? "";
  if (error.code === "MULTIPLE_DOCS") {
    return {
      ...at,
      message: "found a second document that begins here, expected one; remove the line ---",
    };
  }
  // The library often complains of the line behind the one that is wrong.
  for (const [line, shown] of [
    [at.line, text],
    [at.line - 1, above],
  ] as const) {
    const own = lineMistakes
      .slice(0, line === at.line ? undefined : 6)
      .map((look) => look({ text: shown, above }))
      .find((message) => message !== undefined);
    if (own !== undefined) return { line, column: indentOf(shown) + 1, message: own };
  }
  const [, key, value] = /^\s+([A-Za-z][\w.-]*) +([^\s:#][^:#]*)$/.exec(text) ?? [];
  if (key !== undefined && /COLON|MULTILINE|BAD_INDENT|MISSING_CHAR/.test(error.code)) {
    return {
      ...at,
      message: `found ${quoted(text.trim())} without a colon, expected "key: value"; write ${key}: ${value?.trim()}`,
    };
  }
  const bracket = openBracket(lines, index);
  if (bracket && /flow|MISSING_CHAR|BLOCK_IN_FLOW/i.test(`${error.code} ${error.message}`)) {
    const opened = lines[bracket.line]?.[bracket.column];
    const closing = opened === "{" ? "}" : "]";
    return {
      line: bracket.line + 1,
      column: bracket.column + 1,
      message: `found a ${opened} that nothing closes, expected a ${closing}; add it at the end of the list or map that begins here`,
    };
  }
  const [, character] = /reserved character (.)/.exec(error.message) ?? [];
  if (character !== undefined) {
    const value = text.slice(text.indexOf(character)).trim();
    return {
      ...at,
      message: `found ${quoted(value)}, expected a text that begins with another character; put it in quotes`,
    };
  }
  if (indentOf(text) !== indentOf(above)) {
    return {
      ...at,
      message: `found ${counted(indentOf(text), "space")} before ${quoted(text.trim())} and ${indentOf(above)} in the line above, expected keys of one map in one column; align it`,
    };
  }
  const [first = ""] = error.message.split("\n");
  const bare = first.replace(/ at line \d+, column \d+:?$/, "");
  return {
    ...at,
    message: `found ${quoted(text.trim())}, expected YAML (${bare.charAt(0).toLowerCase()}${bare.slice(1, 100)}); correct the line`,
  };
}

type Ancestors = readonly (Document | Node | Pair)[];

/** Keys on the way to a node. */
function keysTo(ancestors: Ancestors): (string | number)[] {
  return ancestors.flatMap((one) =>
    isPair(one) && isScalar(one.key) ? [String(one.key.value)] : [],
  );
}

/**
 * Keys that a map has twice; the first stays, the others are taken out of the document. (The
 * library itself would compare each key with every other.)
 */
export function takeRepeatedKeys(
  document: Document,
  position: (offset: number) => Position,
): YamlSlip[] {
  const slips: YamlSlip[] = [];
  visit(document, {
    Map(_key, map, ancestors) {
      const seen = new Map<unknown, number>();
      map.items = map.items.filter(({ key }) => {
        if (!isScalar(key) || key.value === "<<") return true;
        const offset = key.range?.[0] ?? 0;
        const first = seen.get(key.value);
        if (first === undefined) {
          seen.set(key.value, offset);
          return true;
        }
        slips.push({
          ...position(offset),
          path: [...keysTo(ancestors), String(key.value)],
          message: `found "${String(key.value).slice(0, LONGEST)}" a second time, first in line ${position(first).line}, expected each key once; keep one of them`,
        });
        return false;
      });
    },
  });
  return slips;
}

/** Text without quotes that Pulumi, whose YAML is of another version, reads as something else. */
const elsewhere: readonly { form: RegExp; as: string }[] = [
  { form: /^\d{4}-\d{1,2}-\d{1,2}([Tt ].*)?$/, as: "a date" },
  { form: /^[-+]?0[0-9]+$/, as: "an octal number" },
  { form: /^[-+]?\d[\d_]*_[\d_]*$/, as: "a number without the underscores" },
  { form: /^[-+]?0b[01]+$/, as: "a binary number" },
];

/** Values that a preview without an engine and the engine itself would read differently. */
export function ambiguousScalars(
  document: Document,
  position: (offset: number) => Position,
): YamlSlip[] {
  const slips: YamlSlip[] = [];
  visit(document, {
    Scalar(key, { type, source = "", range }, ancestors) {
      if (type !== "PLAIN" || key === "key") return;
      const other = elsewhere.find(({ form }) => form.test(source));
      if (!other) return;
      const number = /^[-+]?0+(\d+)$/.exec(source)?.[1] ?? source.replaceAll("_", "");
      const fix = other.as === "a date" ? `"${source}"` : `${number}, or "${source}" for a text`;
      slips.push({
        ...position(range?.[0] ?? 0),
        path: keysTo(ancestors),
        message: `found ${source} without quotes, which Pulumi reads as ${other.as}, expected a value that reads the same everywhere; write ${fix}`,
      });
    },
  });
  return slips;
}
