// Names, tags, errors and remote output are written by others. Whatever shows them passes them
// through here, so that they can neither steer a terminal, nor command a CI runner, nor become markup.

/** Sequences that steer a terminal (ECMA-48): CSI, then OSC, DCS, SOS, PM and APC with their text, then the short ones. */
const ESCAPES =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
  /(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]|(?:\u001b[\]PX^_]|[\u009d\u0090\u0098\u009e\u009f])[^\u0007\u001b\u009c]{0,2000}(?:\u0007|\u001b\\|\u009c)|\u001b[ -/]*[0-~]/g;

/** Characters that end or shift a line. */
const BREAKS = /[\t\n\v\f\r\u0085\u2028\u2029]+/g;

/** Control and format characters (bidirectional marks, zero width, tags) and halves of characters. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}]/gu;

/** Stands between two characters that a forge would otherwise take for a mention, a reference or a link. */
const BREAK = "\u200b";

/** The colours that picocolors makes, and no other sequence: one could hide text. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: the sequences that are let through
const OWN_COLOURS = /(\u001b\[(?:0|1|2|22|31|32|33|36|39)m)/;

/** Longest text of somebody else in one line. */
const LONGEST = 600;

/**
 * Text of somebody else as a part of one line: no line break, no control or invisible character, no
 * command of a CI runner, and not longer than a line may be.
 *
 * @param longest characters. @default 600
 */
export function foreign(text: string, longest = LONGEST): string {
  // Cut before the work, for it may be hundreds of megabytes.
  const part = text.length > longest * 8 ? text.slice(0, longest * 8) : text;
  const line = uncommanded(part.replace(ESCAPES, "").replace(BREAKS, " ").replace(INVISIBLE, ""))
    .replace(/ {2,}/g, " ")
    .trim();
  const cut = line.length > longest ? line.slice(0, longest).replace(INVISIBLE, "") : line;
  return cut.length < line.length || part.length < text.length ? `${cut}...` : cut;
}

/**
 * A path of somebody else as a part of one line. One that is no plain path stands in quotes, where a
 * blank or a line break in it can be seen: it must not pass for another.
 */
export function foreignPath(path: string): string {
  return /^[\w./@+-]+$/.test(path) ? foreign(path) : foreign(JSON.stringify(path));
}

/**
 * Output of somebody else as lines below one of ours, each marked so that none passes for ours.
 *
 * @param most lines that are kept, from the end, where programs say why they failed. @default 20
 */
export function foreignLines(text: string, most = 20): string[] {
  const lines = text
    .slice(-most * LONGEST)
    .split(/\r\n|[\n\r\u0085\u2028\u2029]/)
    .map((line) => foreign(line))
    .filter((line) => line !== "");
  const dropped = lines.length > most ? [`| (${lines.length - most} lines before)`] : [];
  return [...dropped, ...lines.slice(-most).map((line) => `| ${line}`)];
}

/** Every text within a value, of any depth, as `foreign` makes it; keys too. */
export function foreignValue<T>(value: T, longest = LONGEST): T {
  if (typeof value === "string") return foreign(value, longest) as T;
  if (Array.isArray(value)) return value.map((item) => foreignValue(item, longest)) as T;
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      foreign(key, longest),
      foreignValue(item, longest),
    ]),
  ) as T;
}

/** A text that is broken where a runner of GitHub or Forgejo would take it for a command (`::add-mask::`, `##[group]`). */
function uncommanded(line: string): string {
  return line.replace(/^(\s*):(?=:)/, "$1: ").replaceAll("##[", "# #[");
}

/**
 * A whole output of ours on its way to a terminal or a CI log: lines and our own colours stay,
 * everything else that such a place obeys goes.
 *
 * @param coloured whether our own colours may be in it
 * @param parted whether what `markdownText` puts between characters stays, since somebody may keep the
 *   output and show it on a forge. @default false
 */
export function terminalText(text: string, coloured: boolean, parted = false): string {
  const unseen = (part: string) =>
    part.replace(INVISIBLE, (one) => (parted && one === BREAK ? one : ""));
  return text
    .split("\n")
    .map((line) => {
      const parts = coloured ? line.split(OWN_COLOURS) : [line];
      const clean = parts.map((part, index) =>
        index % 2 === 1 ? part : unseen(part.replace(ESCAPES, "").replace(BREAKS, " ")),
      );
      const bare = clean.filter((_, index) => index % 2 === 0).join("");
      if (!/^\s*::/.test(bare) && !bare.includes("##[")) return clean.join("");
      return uncommanded(bare);
    })
    .join("\n");
}

/**
 * Lines of ours as one text: each stays one line, for a line break in it came with a name, a reason or
 * an error of somebody else, and what stands behind it would pass for a finding of ours.
 */
export function linesText(lines: readonly string[]): string {
  return `${lines.map((line) => line.replace(BREAKS, " ")).join("\n")}\n`;
}

/**
 * One line for Markdown: no markup, HTML, link, image, mention, reference to an issue, a merge
 * request or a commit. Forges look for those in the rendered text, where an escaped character is the
 * bare one again; so they are parted by a space of no width.
 */
export function markdownText(text: string): string {
  return withoutReferences(foreign(text, 4000))
    .replace(/[\\`*[\]~|]/g, "\\$&")
    .replace(/(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, "\\_")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;");
}

/** The same without escapes, for text that is Markdown already. */
export function withoutReferences(text: string): string {
  return (
    text
      // Mentions, and references of GitHub, Forgejo and GitLab: @name #1 !1 %1 $1 &1 ~1 ^alert GH-1
      .replace(/([@#!%$&~^])(?=[\p{L}\p{N}_])/gu, `$1${BREAK}`)
      .replace(/\b(GH|gh)-(?=\d)/g, `$1-${BREAK}`)
      // Addresses that become links by themselves.
      .replace(/\b([a-z][a-z0-9+.-]{1,15}):\/\//gi, `$1:${BREAK}//`)
      .replace(/\bwww\.(?=\S)/gi, `www${BREAK}.`)
      .replace(/\b(mailto|xmpp|javascript|data):/gi, `$1${BREAK}:`)
      // Names of commits.
      .replace(
        /\b(?=[0-9a-f]*\d)[0-9a-f]{7,64}\b/gi,
        (hash) => `${hash.slice(0, 4)}${BREAK}${hash.slice(4)}`,
      )
  );
}

/** Text of somebody else as code within a line or a cell of a table. */
export function markdownCode(text: string): string {
  const line = foreign(text, 4000).replaceAll("`", "'").replaceAll("|", "\\|");
  return line === "" ? "" : `\`${line}\``;
}

/** Lines as a block of code which nothing in them ends. */
export function markdownBlock(lines: readonly string[]): string[] {
  const clean = lines.map((line) => terminalText(line.replace(BREAKS, " "), false));
  const longest = clean.reduce(
    (most, line) => (line.match(/`+/g) ?? []).reduce((n, run) => Math.max(n, run.length), most),
    2,
  );
  const fence = "`".repeat(longest + 1);
  return [`${fence}text`, ...clean, fence];
}

/**
 * JSON in which every invisible character is written as its number: the same data, nothing to obey.
 *
 * @param indent blanks by which each level is indented; 0 makes one line. @default 2
 */
export function jsonText(value: unknown, indent = 2): string {
  const text = JSON.stringify(value, null, indent).replaceAll("##[", "#\\u0023[");
  return text.replace(/[\p{Cf}\u007f-\u009f\u2028\u2029]/gu, (character) =>
    [...Array(character.length).keys()]
      .map((index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, "0")}`)
      .join(""),
  );
}

const HTML_NAMES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Text of somebody else in HTML or SVG: between tags, or in an attribute between quotes. */
export function htmlText(text: string): string {
  return foreign(text, 4000).replace(/[&<>"']/g, (one) => HTML_NAMES[one] ?? "");
}

/**
 * Text of somebody else as the label of a node in Mermaid, between double quotes: whatever Mermaid,
 * HTML or Markdown inside Mermaid could take for syntax is written as its number.
 */
export function mermaidText(text: string): string {
  return foreign(text, 200).replace(
    /[^\p{L}\p{N} .,:/()+-]/gu,
    (one) => `#${one.codePointAt(0) ?? 32};`,
  );
}
