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
import { ambiguousScalars, takeRepeatedKeys, type YamlSlip, yamlMistake } from "./yaml-mistakes";

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
  /** Mistakes with which the text can still be read: the first of two equal keys counts. */
  slips: YamlSlip[];
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
  if (isHarmless(text)) return undefined;
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

/**
 * Whether the characters alone show that a text is within every limit of {@link hostileText}: there
 * are no more tokens of a kind than characters that they are made of.
 */
function isHarmless(text: string): boolean {
  let [entries, flow, inline] = [0, 0, 0];
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === "\n") inline = 0;
    else if (character === "[" || character === "{") flow += 1;
    else if (character === "?") inline += 1;
    else if (character === ":" || character === ",") entries += 1;
    else if (character === "-") {
      entries += 1;
      inline += 1;
    }
    if (flow > DEEPEST || inline > DEEPEST || entries > MOST_ENTRIES) return false;
  }
  return true;
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
    slips: [],
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
    slips: [],
    mistake: { ...position(offset), message },
  });
  const [first] = [...document.errors].sort((a, b) => a.pos[0] - b.pos[0]);
  if (first) {
    const mistake = beginning(text, document, first, position);
    return { value: undefined, ...places, has, slips: [], mistake };
  }
  const slips = [...takeRepeatedKeys(document, position), ...ambiguousScalars(document, position)];
  const alias = danglingAlias(document);
  if (alias) return refused(...alias);
  try {
    return { value: document.toJS(), ...places, has, slips };
  } catch (error) {
    // The library counts what aliases stand for, and gives up at a hundred times the text.
    if (!(error instanceof ReferenceError)) throw error;
    return refused(0, "its aliases (*name) stand for far more text than there is; write it out");
  }
}

/** Where the first mistake is, and what it is: those behind it mostly follow from it. */
function beginning(
  text: string,
  document: Document,
  error: YAMLError,
  position: (offset: number) => Position,
): Position & { message: string } {
  if (error.code === "MISSING_CHAR") {
    // A quote that nothing closes is noticed at the end of what it swallowed.
    let opened: number | undefined;
    visit(document, {
      Scalar(_key, { type, range }) {
        if (!type?.startsWith("QUOTE") || !range) return;
        if (range[0] <= error.pos[0] && error.pos[0] <= range[2]) opened = range[0];
      },
    });
    if (opened !== undefined) {
      return {
        ...position(opened),
        message:
          "found a quote that nothing closes, expected the same quote at the end of the text; add it",
      };
    }
  }
  return yamlMistake(text, error, position(error.pos[0]));
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
        `found *${alias.source}, but there is no anchor &${alias.source} before it, expected a text; put text that begins with * in quotes, or write &${alias.source} where the value is stated first`,
      ];
      return visit.BREAK;
    },
  });
  return found;
}
