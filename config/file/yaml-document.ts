import {
  type Document,
  isMap,
  isScalar,
  Lexer,
  LineCounter,
  parseDocument,
  visit,
  type YAMLError,
} from "yaml";
import { DEEPEST, MOST_ENTRIES, tooMany } from "./hostile";
import type { Position } from "./raw";

/** A YAML text that was read, or the one reason why it could not be. */
export interface YamlText {
  /** The whole text as data; undefined when it cannot be read. */
  value: unknown;
  /** Where the value at a path begins; undefined where the text has nothing there. */
  positionOf(path: readonly (string | number)[]): Position | undefined;
  /** Where the last key of a path stands. */
  keyPositionOf(path: readonly (string | number)[]): Position | undefined;
  /** Whether the text has a value at a path, also one that is not read. */
  has(path: readonly (string | number)[]): boolean;
  /** The first mistake: those behind it mostly follow from it. */
  mistake?: Position & { message: string };
}

const tooDeep = `nested more than ${DEEPEST} levels deep, expected at most 8; write it out flat`;

/** Longest text: what a stack file and its files of sections may be. */
const MOST_CHARACTERS = 8 * 1024 * 1024;

/**
 * What would make the library slow, or end the whole process: looked for in its tokens, which are
 * made one by one.
 */
function hostileText(text: string): { line: number; message: string } | undefined {
  if (text.length > MOST_CHARACTERS) {
    return { line: 1, message: "larger than 8 MB, expected a text that people write" };
  }
  let line = 1;
  let flow = 0;
  let inline = 0;
  let entries = 0;
  for (const token of new Lexer().lex(text)) {
    const [first] = token;
    if (first === "\n") inline = 0;
    for (const character of token.length > 1 ? token : "") if (character === "\n") line += 1;
    if (token === "\n") line += 1;
    if (token === "[" || token === "{") flow += 1;
    else if (token === "]" || token === "}") flow = Math.max(0, flow - 1);
    else if (token === "-" || token === "?") inline += 1;
    if (token === ":" || token === "-" || token === ",") entries += 1;
    if (entries > MOST_ENTRIES) return { line, message: tooMany };
    if (flow > DEEPEST || (flow === 0 && inline > DEEPEST)) return { line, message: tooDeep };
  }
  return undefined;
}

/** Reads YAML as Pulumi does, merge keys included. */
export function readYaml(text: string): YamlText {
  const hostile = hostileText(text);
  if (hostile) return unread(hostile.message, hostile.line);
  try {
    return readDocument(text);
  } catch (error) {
    if (error instanceof RangeError) return unread(tooDeep, 1);
    throw error;
  }
}

function unread(message: string, line: number): YamlText {
  const nowhere = () => undefined;
  const mistake = { line, column: 1, message };
  return {
    value: undefined,
    positionOf: nowhere,
    keyPositionOf: nowhere,
    has: () => false,
    mistake,
  };
}

function readDocument(text: string): YamlText {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, merge: true, uniqueKeys: false });
  const position = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  const positionOf = (path: readonly (string | number)[]) => {
    const node = document.getIn(path, true) as { range?: [number, number, number] } | undefined;
    return node?.range && position(node.range[0]);
  };
  const keyPositionOf = (path: readonly (string | number)[]) => {
    const above = path.length > 1 ? document.getIn(path.slice(0, -1), true) : document.contents;
    const pair =
      isMap(above) && above.items.find(({ key }) => isScalar(key) && key.value === path.at(-1));
    return pair && isScalar(pair.key) && pair.key.range ? position(pair.key.range[0]) : undefined;
  };
  const places = { positionOf, keyPositionOf };
  const has = (path: readonly (string | number)[]) => document.hasIn(path);
  const refused = (offset: number, message: string): YamlText => ({
    value: undefined,
    ...places,
    has,
    mistake: { ...position(offset), message },
  });
  const [first] = [...document.errors].sort((a, b) => a.pos[0] - b.pos[0]);
  if (first) return refused(...beginning(document, first));
  const twice = repeatedKey(document);
  if (twice) return refused(...twice);
  const alias = danglingAlias(document);
  if (alias) return refused(...alias);
  try {
    return { value: document.toJS(), ...places, has };
  } catch (error) {
    // The library counts what aliases stand for, and gives up at a hundred times the text.
    if (!(error instanceof ReferenceError)) throw error;
    return refused(0, "its aliases (*name) stand for far more text than there is; write it out");
  }
}

/** Longest message that is shown; some quote half of the text. */
const LONGEST = 160;

function beginning(document: Document, error: YAMLError): [offset: number, message: string] {
  const [firstLine = ""] = error.message.split("\n");
  const bare = firstLine.replace(/ at line \d+, column \d+:?$/, "");
  const message = bare.charAt(0).toLowerCase() + bare.slice(1);
  const short = message.length > LONGEST ? `${message.slice(0, LONGEST - 3)}...` : message;
  if (error.code === "MULTIPLE_DOCS") {
    return [error.pos[0], "a second document begins here, expected one; remove the line ---"];
  }
  if (error.code !== "MISSING_CHAR") return [error.pos[0], short];
  // A quote that nothing closes is noticed at the end of what it swallowed.
  let opened: number | undefined;
  visit(document, {
    Scalar(_key, { type, range }) {
      if (!type?.startsWith("QUOTE") || !range) return;
      if (range[0] <= error.pos[0] && error.pos[0] <= range[2]) opened = range[0];
    },
  });
  return opened === undefined
    ? [error.pos[0], short]
    : [opened, "the quote that begins here is never closed; add the closing one"];
}

/** A key that a map has twice. The library itself compares each key with every other. */
function repeatedKey(document: Document): [offset: number, message: string] | undefined {
  let found: [number, string] | undefined;
  visit(document, {
    Map(_key, { items }) {
      const seen = new Set<unknown>();
      for (const { key } of items) {
        if (!isScalar(key) || key.value === "<<") continue;
        if (seen.has(key.value)) {
          found = [key.range?.[0] ?? 0, "map keys must be unique"];
          return visit.BREAK;
        }
        seen.add(key.value);
      }
      return undefined;
    },
  });
  return found;
}

/** `toJS` would throw for it without saying where, or make something without end. */
function danglingAlias(document: Document): [offset: number, message: string] | undefined {
  let found: [number, string] | undefined;
  visit(document, {
    Alias(_key, alias, path) {
      const meant = alias.resolve(document);
      if (meant && path.includes(meant)) {
        found = [
          alias.range?.[0] ?? 0,
          `*${alias.source} stands within what it names, which has no end; write it out`,
        ];
        return visit.BREAK;
      }
      if (meant) return;
      found = [
        alias.range?.[0] ?? 0,
        `there is no anchor &${alias.source} before *${alias.source}; put text that begins with * in quotes`,
      ];
      return visit.BREAK;
    },
  });
  return found;
}
