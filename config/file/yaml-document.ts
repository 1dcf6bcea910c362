import {
  type Document,
  isMap,
  isScalar,
  LineCounter,
  parseDocument,
  visit,
  type YAMLError,
} from "yaml";

/** A place in a text, both counted from 1. */
export interface Position {
  line: number;
  column: number;
}

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

/** Reads YAML as Pulumi does, merge keys included. */
export function readYaml(text: string): YamlText {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, merge: true });
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
  const alias = danglingAlias(document);
  if (alias) return refused(...alias);
  return { value: document.toJS(), ...places, has };
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

/** `toJS` would throw for it, without saying where. */
function danglingAlias(document: Document): [offset: number, message: string] | undefined {
  let found: [number, string] | undefined;
  visit(document, {
    Alias(_key, alias) {
      if (alias.resolve(document)) return;
      found = [
        alias.range?.[0] ?? 0,
        `there is no anchor &${alias.source} before *${alias.source}; put text that begins with * in quotes`,
      ];
      return visit.BREAK;
    },
  });
  return found;
}
