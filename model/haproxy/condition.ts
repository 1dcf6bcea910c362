import { isVariable } from "./words";

/** Whether a condition holds; `unknown` where only the running HAProxy can tell. */
export type Truth = boolean | "unknown";

/** What is asked of a condition. */
export interface ConditionContext {
  /** Variables of the environment that the file itself sets. */
  known: ReadonlyMap<string, string>;
}

/** Oldest release that is judged; what it has counts, what came later depends on the host. */
const OLDEST = "2.6";

/**
 * Evaluates the condition of `.if` or `.elif`: numbers, predicates, `!`, `&&`, `||` and brackets.
 *
 * @returns undefined where HAProxy understands none
 * @see https://docs.haproxy.org/2.6/configuration.html#2.4
 */
export function conditionHolds(text: string, context: ConditionContext): Truth | undefined {
  if (text.trim() === "") return false;
  const tokens = text.match(/\s*(\|\||&&|!|\w+\([^()]*\)|[()]|[^\s()!&|]+)/g) ?? [];
  const parser = new Parser(
    tokens.map((token) => token.trim()),
    context,
  );
  return parser.run();
}

class Parser {
  private at = 0;

  constructor(
    private readonly tokens: readonly string[],
    private readonly context: ConditionContext,
  ) {}

  run(): Truth | undefined {
    const truth = this.either();
    return this.at === this.tokens.length ? truth : undefined;
  }

  private next(token: string): boolean {
    if (this.tokens[this.at] !== token) return false;
    this.at += 1;
    return true;
  }

  private either(): Truth | undefined {
    let truth = this.both();
    while (this.next("||")) truth = or(truth, this.both());
    return truth;
  }

  private both(): Truth | undefined {
    let truth = this.one();
    while (this.next("&&")) truth = not(or(not(truth), not(this.one())));
    return truth;
  }

  private one(): Truth | undefined {
    if (this.next("!")) return not(this.one());
    if (this.next("(")) {
      const truth = this.either();
      return this.next(")") ? truth : undefined;
    }
    const token = this.tokens[this.at] ?? "";
    this.at += 1;
    if (/^[+-]?(0x[0-9a-f]+|\d+)$/i.test(token)) return /[1-9a-f]/i.test(token.replace(/0x/i, ""));
    // A predicate without brackets asks about nothing.
    if (token === "defined") return false;
    const [, name = "", inside = ""] = /^(\w+)\((.*)\)$/s.exec(token) ?? [];
    return predicate(name, inside, this.context);
  }
}

function not(truth: Truth | undefined): Truth | undefined {
  return typeof truth === "boolean" ? !truth : truth;
}

function or(one: Truth | undefined, other: Truth | undefined): Truth | undefined {
  if (one === undefined || other === undefined) return undefined;
  if (one === true || other === true) return true;
  return one === "unknown" || other === "unknown" ? "unknown" : false;
}

/** Predicates with the number of their arguments. */
const PREDICATES: Readonly<Record<string, number>> = {
  defined: 1,
  streq: 2,
  strneq: 2,
  strstr: 2,
  version_atleast: 1,
  version_before: 1,
  feature: 1,
  enabled: 1,
  openssl_version_atleast: 1,
  openssl_version_before: 1,
  ssllib_name_startswith: 1,
  awslc_api_atleast: 1,
  awslc_api_before: 1,
};

function predicate(name: string, inside: string, { known }: ConditionContext): Truth | undefined {
  const given = argumentsIn(inside);
  if (given.length !== PREDICATES[name]) return undefined;
  const [first = "", second = ""] = given;
  const unseen = isVariable(inside);
  switch (name) {
    case "defined":
      if (known.has(first)) return true;
      return unseen || /^[A-Za-z_]\w*$/.test(first) ? "unknown" : false;
    case "streq":
    case "strneq":
      return unseen ? "unknown" : (first === second) === (name === "streq");
    case "strstr":
      return unseen ? "unknown" : first.includes(second);
    case "version_atleast":
      return isAtMost(first, OLDEST) ? true : "unknown";
    case "version_before":
      return isAtMost(first, OLDEST) ? false : "unknown";
    default:
      return "unknown";
  }
}

/** Arguments of a predicate: blanks count, and a comma between quotes parts nothing. */
function argumentsIn(inside: string): string[] {
  const found = [""];
  let quoted = false;
  for (const letter of inside) {
    if (letter === '"') quoted = !quoted;
    else if (letter === "," && !quoted) found.push("");
    else found.push(`${found.pop() ?? ""}${letter}`);
  }
  return found;
}

/** Whether every release of the oldest line has a version: its later fixes may be missing. */
function isAtMost(version: string, limit: string): boolean {
  const parts = (text: string) => text.split(/[.-]/).map(Number);
  const [major = 0, minor = 0, patch = 0] = parts(version);
  const [most = 0, least = 0] = parts(limit);
  return major < most || (major === most && (minor < least || (minor === least && !(patch > 0))));
}
