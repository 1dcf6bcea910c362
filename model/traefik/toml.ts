/** What this reader does not know of TOML, or what is none. */
export class NotToml extends Error {}

type Table = Record<string, unknown>;

/**
 * Reads the TOML that people write for Traefik: tables, arrays of tables, dotted and quoted keys,
 * texts, numbers, switches, lists and inline tables. Texts of several lines and dates are not read.
 *
 * @throws NotToml
 */
export function readToml(text: string): Table {
  return new Reader(text).run();
}

class Reader {
  private at = 0;

  constructor(private readonly text: string) {}

  run(): Table {
    const root = table();
    let now = root;
    for (this.blank(true); this.at < this.text.length; this.blank(true)) {
      if (this.takes("[[")) {
        now = openList(root, this.key());
        this.wants("]]");
      } else if (this.takes("[")) {
        now = openTable(root, this.key());
        this.wants("]");
      } else {
        this.pair(now);
      }
      this.lineEnd();
    }
    return root;
  }

  private pair(into: Table): void {
    const key = this.key();
    this.wants("=");
    const last = key.pop() ?? "";
    const target = openTable(into, key);
    if (Object.hasOwn(target, last)) throw new NotToml(`"${last}" stands twice`);
    target[last] = this.value();
  }

  private takes(word: string): boolean {
    this.blank(false);
    if (!this.text.startsWith(word, this.at)) return false;
    this.at += word.length;
    return true;
  }

  private wants(word: string): void {
    if (!this.takes(word)) throw new NotToml(`no "${word}" at letter ${this.at}`);
  }

  private match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0];
    if (found !== undefined) this.at += found.length;
    return found;
  }

  /** Blanks and comments; line breaks too where they mean nothing. */
  private blank(lines: boolean): void {
    this.match(lines ? /(?:\s|#[^\n]*)*/y : /[ \t]*/y);
  }

  private lineEnd(): void {
    this.blank(false);
    if (this.match(/(?:#[^\n]*)?(?:\r?\n|$)/y) === undefined) {
      throw new NotToml(`something is left at letter ${this.at}`);
    }
  }

  private key(): string[] {
    const parts: string[] = [];
    do {
      this.blank(false);
      const bare = this.match(/[\w-]+/y);
      parts.push(bare ?? this.quoted());
    } while (this.takes("."));
    return parts;
  }

  private quoted(): string {
    if (this.match(/"""|'''/y) !== undefined) throw new NotToml("a text of several lines");
    const literal = this.match(/'[^'\n]*'/y);
    if (literal !== undefined) return literal.slice(1, -1);
    const basic = this.match(/"(?:[^"\\\n]|\\.)*"/y);
    if (basic === undefined) throw new NotToml(`no value at letter ${this.at}`);
    try {
      return String(JSON.parse(basic));
    } catch {
      throw new NotToml("an escape that is not read");
    }
  }

  private value(): unknown {
    this.blank(false);
    const word = this.match(/(?:true|false|[+-]?\d[\d_]*(?:\.\d+)?)(?=[\s,\]}#]|$)/y);
    if (word === "true" || word === "false") return word === "true";
    if (word !== undefined) return Number(word.replaceAll("_", ""));
    if (this.takes("[")) return this.list();
    if (this.takes("{")) return this.inline();
    return this.quoted();
  }

  private list(): unknown[] {
    const items: unknown[] = [];
    for (this.blank(true); !this.takes("]"); this.blank(true)) {
      items.push(this.value());
      this.blank(true);
      if (this.takes(",")) continue;
      this.wants("]");
      break;
    }
    return items;
  }

  private inline(): Table {
    const into = table();
    if (this.takes("}")) return into;
    do this.pair(into);
    while (this.takes(","));
    this.wants("}");
    return into;
  }
}

function table(): Table {
  return Object.create(null) as Table;
}

function openTable(root: Table, path: readonly string[]): Table {
  let now = root;
  for (const part of path) {
    now[part] ??= table();
    const next = Array.isArray(now[part]) ? now[part].at(-1) : now[part];
    if (typeof next !== "object" || next === null) throw new NotToml(`"${part}" is no table`);
    now = next as Table;
  }
  return now;
}

function openList(root: Table, path: readonly string[]): Table {
  const parent = openTable(root, path.slice(0, -1));
  const name = path.at(-1) ?? "";
  parent[name] ??= [];
  const list = parent[name];
  if (!Array.isArray(list)) throw new NotToml(`"${name}" is no list of tables`);
  const item = table();
  list.push(item);
  return item;
}
