/** How a checked server is asked; `connection` is a connection that opens, and nothing more. */
export type ServerCheck = { kind: "connection" } | { kind: "http"; uri: string };

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
  if (option?.[1] === "httpchk") return { kind: "http", uri: httpUri(option, inherited, lines) };
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

/** A request of HTTP that is written out, and an answer that is looked at. */
function tcpCheck(sequence: readonly string[][]): ServerCheck {
  const sent = sequence
    .filter(([, verb]) => verb === "send" || verb === "send-lf")
    .map(([, , data = ""]) => /^(?:GET|HEAD|OPTIONS)\s+(\S+)/.exec(data)?.[1])
    .find((uri) => uri !== undefined);
  const looksAt = sequence.some(([, verb]) => verb === "expect");
  return sent === undefined || !looksAt ? { kind: "connection" } : { kind: "http", uri: sent };
}
