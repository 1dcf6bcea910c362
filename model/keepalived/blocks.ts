/** A word of a configuration line; a quoted one may hold spaces. */
export interface Word {
  text: string;
  quoted: boolean;
}

/** One line of a keepalived configuration, with the lines of the block it opens. */
export interface Statement {
  words: Word[];
  /** Line number of the first word, from 1. */
  line: number;
  /** @default no block */
  block?: Statement[];
}

/** Keywords that open a block; with several statements on one line they show where its head begins. */
const blockKeywords = new Set([
  "global_defs",
  "vrrp_instance",
  "vrrp_script",
  "vrrp_sync_group",
  "group",
  "authentication",
  "track_bfd",
  "track_file",
  "track_interface",
  "track_process",
  "track_script",
  "unicast_peer",
  "virtual_ipaddress",
  "virtual_ipaddress_excluded",
  "virtual_routes",
  "virtual_rules",
]);

/**
 * Splits a keepalived configuration into statements and blocks.
 *
 * As keepalived reads it: `#` and `!` start a comment anywhere outside double quotes unless a
 * backslash stands before, a trailing backslash joins two lines, a brace stands on its own line or
 * on its neighbour's, and `$NAME=value` defines text for later lines.
 *
 * @throws Error with the line number if the braces do not match
 */
export function keepalivedBlocks(text: string): Statement[] {
  const root: Statement[] = [];
  const open: { line: number; name: string; outer: Statement[] }[] = [];
  let block = root;
  let pending: Statement | undefined;
  const close = () => {
    if (pending) block.push(pending);
    pending = undefined;
  };

  for (const { words, line } of lines(text)) {
    close();
    for (const word of words) {
      if (word.quoted || (word.text !== "{" && word.text !== "}")) {
        pending ??= { words: [], line };
        pending.words.push(word);
      } else if (word.text === "{") {
        // A brace on its own line belongs to the line before.
        const head = pending ?? takeHead(block) ?? { words: [], line };
        pending = undefined;
        block.push(...beforeHead(head));
        head.block = [];
        block.push(head);
        open.push({ line, name: head.words[0]?.text ?? "", outer: block });
        block = head.block;
      } else {
        close();
        const opened = open.pop();
        if (opened === undefined) {
          throw new Error(
            `line ${line}: "}" closes a block that was never opened; remove it or add the missing "{"`,
          );
        }
        block = opened.outer;
      }
    }
  }
  close();
  const left = open.at(-1);
  if (left !== undefined) {
    throw new Error(
      `line ${left.line}: "{" of ${left.name || "a block"} is never closed; add the missing "}"`,
    );
  }
  return root;
}

function takeHead(block: Statement[]): Statement | undefined {
  return block.at(-1)?.block === undefined ? block.pop() : undefined;
}

/** Cuts what stands before a block's keyword on the same line off its head, as a statement of its own. */
function beforeHead(head: Statement): Statement[] {
  const at = head.words.findLastIndex(({ text, quoted }) => !quoted && blockKeywords.has(text));
  // `vrrp_script group {` names a script "group".
  const named = blockKeywords.has(head.words[0]?.text ?? "");
  return at > 0 && !named ? [{ words: head.words.splice(0, at), line: head.line }] : [];
}

/** Lines as words without comments, continuations joined, definitions filled in. */
function lines(text: string): { words: Word[]; line: number }[] {
  const definitions = new Map<string, string>();
  const found: { words: Word[]; line: number }[] = [];
  let joined = "";
  let first = 1;
  text.split(/\r?\n/).forEach((raw, index) => {
    if (joined === "") first = index + 1;
    if (/(^|[^\\])\\$/.test(raw)) {
      joined += `${raw.slice(0, -1)} `;
      return;
    }
    const whole = (joined + raw).replace(
      /\$(\w+)|\$\{(\w+)\}/g,
      (reference, plain?: string, braced?: string) =>
        definitions.get(plain ?? braced ?? "") ?? reference,
    );
    joined = "";
    const definition = /^\s*\$(\w+)\s*=\s*(.*?)\s*$/.exec(whole);
    if (definition) definitions.set(definition[1] ?? "", definition[2] ?? "");
    else found.push({ words: wordsOf(whole), line: first });
  });
  return found;
}

function wordsOf(line: string): Word[] {
  const words: Word[] = [];
  const pattern =
    /\s+|(?<comment>[#!].*)|(?<brace>[{}])|"(?<double>[^"]*)"?|'(?<single>[^']*)'|(?<plain>(?:\\.|\$\{\w*\}|[^\s"{}#!\\]|\\$)+)/gy;
  for (const { groups = {} } of line.matchAll(pattern)) {
    if (groups.comment !== undefined) break;
    const quoted = groups.double ?? groups.single;
    const plain = groups.brace ?? groups.plain?.replace(/\\([#!])/g, "$1");
    if (quoted !== undefined) words.push({ text: quoted, quoted: true });
    else if (plain !== undefined) words.push({ text: plain, quoted: false });
  }
  return words;
}
