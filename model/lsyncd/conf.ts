/** What a configuration of lsyncd says about one tree. */
export interface LsyncdSync {
  /** @default not a text that stands there */
  source?: string;
  /** When the target loses what the source has not. */
  delete: "always" | "startup" | "running" | "never" | "unknown";
  /** Whether something of it is excluded by a list that stands there, or by a file. */
  excludes(name: string): boolean;
}

/** A configuration of lsyncd, as far as the text of its Lua tables tells. */
export interface LsyncdFile {
  /** Whether it goes on when a target is away at the start. */
  insist: boolean;
  /** Whether the file refuses by itself to run without something. */
  guarded: boolean;
  syncs: LsyncdSync[];
}

/** Comments of Lua, the long ones of any level first, and its texts: whichever begins first counts. */
const COMMENT_OR_TEXT =
  /(--\[(=*)\[[\s\S]*?\]\2\]|--[^\n]*)|"(?:\\[\s\S]|[^"\\\n])*"|'(?:\\[\s\S]|[^'\\\n])*'|\[(=*)\[[\s\S]*?\]\3\]/g;

/** Lua without its comments. */
function codeOf(text: string): string {
  return text.replace(COMMENT_OR_TEXT, (whole, comment?: string) =>
    comment === undefined ? whole : " ",
  );
}

/** The same Lua, as long as before, with nothing in its texts. */
function blanked(lua: string): string {
  return lua.replace(COMMENT_OR_TEXT, (whole) => " ".repeat(whole.length));
}

/** Reads an `lsyncd.conf.lua`; nothing when a text is none. */
export function lsyncdFile(text: string): LsyncdFile | undefined {
  const lua = codeOf(text);
  const syncs = tables(lua, "sync").filter((table) => /\bdefault\.\w+|\bsource\s*=/.test(table));
  if (syncs.length === 0) return undefined;
  // Each call adds to what the ones before have set.
  const settings = tables(lua, "settings").join("\n");
  return {
    insist: /\binsist\s*=\s*(true|1)\b/.test(settings),
    guarded: /\b(error|os\.exit|assert)\s*\(/.test(lua),
    syncs: syncs.map(syncOf),
  };
}

/** Whether a text makes its syncs or their settings while it runs, so that its tables do not tell. */
export function isComputedLua(text: string): boolean {
  const lua = codeOf(text);
  const loops = /\b(for|while|repeat|function|dofile|loadfile|require)\b/.test(blanked(lua));
  // A sync of a name, or a setting that is one.
  const named =
    /\bsync\s*\(\s*[A-Za-z_]|\bsync\s*\(?\s*\{\s*[A-Za-z_]\w*\s*\(/.test(lua) ||
    tables(lua, "sync").some((table) =>
      /\b(source|delete|exclude|target|host)\s*=\s*(?!true\b|false\b)[A-Za-z_]/.test(table),
    );
  return loops || named;
}

function syncOf(table: string): LsyncdSync {
  const source = /\bsource\s*=\s*(["'])(.*?)\1/.exec(table)?.[2];
  const excluded = /\bexclude\s*=\s*(\{[^}]*\}|"[^"]*"|'[^']*')/.exec(table)?.[1] ?? "";
  return {
    ...(source !== undefined && { source }),
    delete: deleteOf(/\bdelete\s*=\s*([^,;\n}]+)/.exec(table)?.[1]?.trim()),
    excludes: (name) => /\bexcludeFrom\b/.test(table) || excluded.includes(name),
  };
}

function deleteOf(value: string | undefined): LsyncdSync["delete"] {
  if (value === undefined || value === "true") return "always";
  if (value === "false") return "never";
  const word = /^["'](startup|running)["']$/.exec(value)?.[1];
  return word === "startup" || word === "running" ? word : "unknown";
}

/** The tables that stand behind a name: `sync { … }`, `settings = { … }`, `sync({ … })`. */
function tables(lua: string, name: string): string[] {
  const bare = blanked(lua);
  const opening = new RegExp(`\\b${name}\\s*=?\\s*\\(?\\s*\\{`, "g");
  return [...bare.matchAll(opening)].map((match) => {
    const start = match.index + match[0].length;
    let depth = 1;
    let end = start;
    for (; end < bare.length && depth > 0; end++) {
      if (bare[end] === "{") depth += 1;
      if (bare[end] === "}") depth -= 1;
    }
    return lua.slice(start, end - 1);
  });
}
