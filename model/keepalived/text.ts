/**
 * A line without its comment, without blanks around it, and with `\#` and `\!` as plain characters.
 * A backslash at the end stays, without blanks before it.
 *
 * keepalived writes such lines down once and reads them a second time, so a file goes through here
 * twice: an escaped `#` outside quotes is a comment after all.
 */
export function withoutComment(line: string): string {
  let text = line.replace(/^[ \t]+/, "");
  let quoted = false;
  let comment: number | undefined;
  let continued = false;
  for (let at = 0; at < text.length; at++) {
    const char = text[at];
    if (char === '"') {
      if (comment === undefined) quoted = !quoted;
    } else if (char === "\\") {
      const next = text[at + 1];
      if (next === undefined) {
        continued = true;
        text = text.slice(0, at);
      } else if (!quoted && (next === "#" || next === "!")) {
        text = text.slice(0, at) + text.slice(at + 1);
      } else {
        at++;
      }
    } else if ((char === "!" || char === "#") && !quoted) {
      comment ??= at;
    }
  }
  if (comment !== undefined) text = text.slice(0, comment);
  return text.replace(/[ \t]+$/, "") + (continued ? "\\" : "");
}

/** A line cut before its first brace outside quotes, or behind it where the line starts with one. */
export function cutAtBrace(line: string): { text: string; rest: string } {
  const at = braceIn(line);
  if (at < 0) return { text: line.trimEnd(), rest: "" };
  const cut = at === 0 ? 1 + (/^[ \t]*/.exec(line.slice(1))?.[0].length ?? 0) : at;
  return {
    text: line.slice(0, cut).replace(/[ \t]+$/, ""),
    rest: line.slice(cut).replace(/[ \t]+$/, ""),
  };
}

function braceIn(line: string): number {
  if (line[0] === "{" || line[0] === "}") return 0;
  let quoted = false;
  for (let at = 0; at < line.length; at++) {
    const char = line[at];
    if (char === '"') quoted = !quoted;
    else if (!quoted && (char === "{" || char === "}")) return at;
  }
  return -1;
}

/** The words of a line; one in double quotes may hold blanks, and single quotes mean nothing. */
export function wordsOf(line: string): string[] {
  const words: string[] = [];
  for (const [, quoted, plain] of line.matchAll(
    /[ \t\f\n\r\v]*(?:"([^"]*)"|([^ \t\f\n\r\v"]+))/gy,
  )) {
    words.push(quoted ?? plain ?? "");
  }
  return words;
}

/**
 * What keepalived runs for `script …`: the first word behind the keyword, in which quotes and
 * backslashes work as in a shell; further words outside the quotes are dropped.
 *
 * @param line the whole line, with its keyword
 * @returns the command with its arguments; none where a quote is never closed
 */
export function commandOf(line: string): string[] {
  const [, command] = shellWords(line) ?? [];
  return command === undefined ? [] : (shellWords(command) ?? []);
}

const escapes: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  E: "\x1b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
};

function shellWords(line: string): string[] | undefined {
  const words: string[] = [];
  const pattern =
    /\\(x[0-9a-fA-F]+|c.|[0-7]{1,3}|.)|(["'])|([ \t\f\n\r\v]+)|([^\\"' \t\f\n\r\v]+)/gsy;
  let word: string | undefined;
  let open = "";
  let end = 0;
  for (const match of line.matchAll(pattern)) {
    const [whole, escaped, quote, blank] = match;
    end = match.index + whole.length;
    if (escaped !== undefined) word = (word ?? "") + unescaped(escaped);
    else if (quote !== undefined && (open === "" || open === quote)) {
      open = open === "" ? quote : "";
      word ??= "";
    } else if (blank !== undefined && open === "") {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? "") + whole;
  }
  if (open !== "" || end < line.length) return undefined;
  return word === undefined ? words : [...words, word];
}

function unescaped(text: string): string {
  if (/^x./.test(text)) return String.fromCharCode(Number.parseInt(text.slice(1), 16) & 0xff);
  if (/^c./.test(text)) return String.fromCharCode(text.charCodeAt(1) & 0x1f);
  if (/^[0-7]/.test(text)) return String.fromCharCode(Number.parseInt(text, 8) & 0xff);
  return escapes[text] ?? text;
}
