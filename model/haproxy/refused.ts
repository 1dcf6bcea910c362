import type { Finding } from "../finding";
import { foreign } from "../foreign-text";
import { haproxyBackends, haproxyLines, verifiesNoServer } from "./conf";
import { type HaproxyLine, isVariable, shownWord } from "./words";

const rule = "haproxy-file";

/**
 * Reasons for which HAProxy refuses a text whichever of its `.if` branches counts, for it splits the
 * lines of all of them: quotes, escapes, variables, and how the text begins and ends.
 *
 * @param whole whether the text is the file to its last byte
 */
export function judgeHaproxyText(text: string, whole: boolean): Finding[] {
  return [
    ...(text.startsWith("\uFEFF")
      ? [
          finding(
            "the file begins with a byte order mark, which HAProxy takes for a part of the first word and refuses",
            "save it as UTF-8 without one",
          ),
        ]
      : []),
    ...haproxyLines(text).flatMap((line, index) => judgeLetters(line, `line ${index + 1}`)),
    ...(whole && text !== "" && !text.endsWith("\n")
      ? [
          finding(
            "the last line has no line break, for which HAProxy refuses the file as cut off",
            "end the file with a line break",
          ),
        ]
      : []),
  ];
}

/** Blanks that are letters for HAProxy: no-break and typographic ones, and those without a width. */
const FALSE_BLANK = /[\u00a0\u1680\u2000-\u200d\u202f\u205f\u2060\u3000\ufeff]/;

function judgeLetters({ words, broken }: HaproxyLine, where: string): Finding[] {
  if (broken !== undefined) {
    return [finding(`${where} ${broken.found}, so HAProxy refuses the file`, broken.fix)];
  }
  const [verb = "", ...rest] = words;
  const retype = "type the line anew, with ordinary blanks";
  if (/[^\x20-\x7e]/.test(shownWord(verb).replace("\ufeff", ""))) {
    const what = `${where} begins with "${foreign(verb, 60)}", with a letter in it that no keyword has${FALSE_BLANK.test(verb) ? " (a no-break space, or one like it)" : ""}`;
    return [finding(`${what}, so HAProxy refuses the file`, retype)];
  }
  const glued = verb === "description" ? undefined : rest.find((word) => FALSE_BLANK.test(word));
  if (glued === undefined) return [];
  const what = `${where} has a no-break space, or one like it, in "${foreign(glued, 60)}", which parts no words for HAProxy`;
  return [{ ...finding(what, retype), severity: "warning" }];
}

/**
 * Reasons for which HAProxy refuses what it reads, as far as a text alone tells: lines that only seem
 * to be continued, and how servers are verified.
 *
 * @param before sections of other files that HAProxy reads first
 */
export function judgeHaproxyFile(text: string, before = ""): Finding[] {
  return [...judgeLines(text), ...judgeServers(`${before}\n${text}`)];
}

function judgeLines(text: string): Finding[] {
  return haproxyLines(text).flatMap(({ words }, index): Finding[] => {
    const [first, second, third = ""] = words;
    if (first === "no" && second === "option" && /(chk|-check)$/.test(third)) {
      return [
        finding(
          `line ${index + 1} takes back "option ${third}", which HAProxy refuses`,
          "write another kind of check instead (`option tcp-check` only opens a connection)",
        ),
      ];
    }
    if (!/(^|[^\\])\\$/.test(words.at(-1) ?? "")) return [];
    return [
      finding(
        `line ${index + 1} ends in a backslash, which continues nothing in HAProxy: it counts as a part of the last word, and what follows as a line of its own`,
        "write it on one line",
      ),
    ];
  });
}

function judgeServers(text: string): Finding[] {
  const everyone = verifiesNoServer(text);
  return haproxyBackends(text).flatMap(({ title, servers }) =>
    servers.flatMap(({ name, tls, verify, ca }, index): Finding[] => {
      if (servers.findIndex((other) => other.name === name) < index) {
        return [
          finding(
            `"${title}" has two servers named "${name}", which HAProxy refuses`,
            "give each its own name",
          ),
        ];
      }
      if (verify !== undefined && !isVariable(verify) && !/^(none|required)$/.test(verify)) {
        return [
          finding(
            `"${title}" has "verify ${verify}" for "${name}", and HAProxy knows only "none" and "required"`,
            "write `verify required ca-file <file>`",
          ),
        ];
      }
      if (!tls || ca || isVariable(verify ?? "")) return [];
      if ((verify ?? (everyone ? "none" : "required")) === "none") return [];
      return [
        finding(
          `"${title}" speaks TLS to "${name}" and states no CA, so HAProxy refuses the file`,
          "write `verify required ca-file <file>`",
        ),
      ];
    }),
  );
}

function finding(message: string, fix: string): Finding {
  return { rule, path: [], message, fix, severity: "error" };
}
