/** How a checked server is asked; `connection` is a connection that opens, and nothing more. */
export type ServerCheck =
  | { kind: "connection" }
  | {
      kind: "http";
      uri: string;
      /** Whether an answer of a status counts as good; undefined where something else is looked at. */
      accepts: (status: number) => boolean | undefined;
    };

/**
 * The check that a section makes of its servers: its own `option` and rules, else the inherited ones.
 *
 * @param inherited lines of the `defaults` section, as words
 * @param lines lines of the section itself
 */
export function serverCheck(
  inherited: readonly string[][],
  lines: readonly string[][],
): ServerCheck {
  const option = chosenOption([...inherited, ...lines]);
  if (option?.[1] === "httpchk") {
    const expected = rules("http-check", inherited, lines).filter(([, verb]) => verb === "expect");
    return {
      kind: "http",
      uri: httpUri(option, inherited, lines),
      accepts: (status) => accepted(expected, status),
    };
  }
  if (option?.[1] === "tcp-check") return tcpCheck(rules("tcp-check", inherited, lines));
  return { kind: "connection" };
}

/** Whether the check speaks TLS by a rule of its own, whatever the servers say. */
export function checksOverTls(inherited: readonly string[][], lines: readonly string[][]): boolean {
  const kind =
    chosenOption([...inherited, ...lines])?.[1] === "httpchk" ? "http-check" : "tcp-check";
  return rules(kind, inherited, lines).some(
    ([, verb, ...rest]) => verb === "connect" && rest.includes("ssl"),
  );
}

/** Of the kinds of check the last one holds. */
function chosenOption(all: readonly string[][]): string[] | undefined {
  return all.findLast(([first, second = ""]) => first === "option" && /(chk|-check)$/.test(second));
}

/** The section's own rules of one kind replace the inherited ones. */
function rules(
  kind: string,
  inherited: readonly string[][],
  lines: readonly string[][],
): readonly string[][] {
  const of = (part: readonly string[][]) => part.filter(([first]) => first === kind);
  const own = of(lines);
  return own.length > 0 ? own : of(inherited);
}

function httpUri(
  option: readonly string[],
  inherited: readonly string[][],
  lines: readonly string[][],
): string {
  const sent = rules("http-check", inherited, lines)
    .filter(([, verb]) => verb === "send")
    .map((words) => words[words.lastIndexOf("uri") + 1])
    .findLast((uri) => uri?.startsWith("/"));
  if (sent !== undefined) return sent;
  // option httpchk [METHOD] URI [VERSION]
  const [method, uri] = option.slice(2);
  return uri ?? (method?.startsWith("/") ? method : "/");
}

/**
 * Whether every rule of `http-check expect` takes a status.
 *
 * @see https://docs.haproxy.org/2.6/configuration.html#4.2-http-check%20expect
 */
function accepted(expected: readonly string[][], status: number): boolean | undefined {
  // Without a rule HAProxy takes what is neither an error of the client nor of the server.
  if (expected.length === 0) return status >= 200 && status < 400;
  const verdicts = expected.map(([, , ...words]) => {
    const at = words.findIndex((word) => word === "status" || word === "rstatus");
    if (at < 0) return undefined;
    const not = words[at - 1] === "!";
    const pattern = words[at + 1] ?? "";
    const found =
      words[at] === "status" ? inRanges(pattern, status) : matches(pattern, String(status));
    return found === undefined ? undefined : found !== not;
  });
  if (verdicts.includes(false)) return false;
  return verdicts.includes(undefined) ? undefined : true;
}

/** `200`, `200-399`, `200,401`. */
function inRanges(pattern: string, status: number): boolean | undefined {
  const ranges = pattern.split(",").map((part) => /^(\d{3})(?:-(\d{3}))?$/.exec(part));
  if (ranges.includes(null)) return undefined;
  return ranges.some((range) => {
    const [, from, to = from] = range ?? [];
    return status >= Number(from) && status <= Number(to);
  });
}

/** A short expression of digits alone is tried; anything else is nobody's business here. */
function matches(pattern: string, text: string): boolean | undefined {
  if (pattern.length > 40 || !/^[\d^$.|()[\]?\\-]+$/.test(pattern)) return undefined;
  try {
    return new RegExp(pattern).test(text);
  } catch {
    return undefined;
  }
}

/** A request of HTTP that is written out, and an answer that is looked at. */
function tcpCheck(sequence: readonly string[][]): ServerCheck {
  const sent = sequence
    .filter(([, verb]) => verb === "send" || verb === "send-lf")
    .map(([, , data = ""]) => /^(?:GET|HEAD|OPTIONS)\s+(\S+)/.exec(data)?.[1])
    .find((uri) => uri !== undefined);
  const looksAt = sequence.some(([, verb]) => verb === "expect");
  if (sent === undefined || !looksAt) return { kind: "connection" };
  return { kind: "http", uri: sent, accepts: () => undefined };
}
