import type { Finding } from "../finding";
import { haproxyBackends, haproxyLines, verifiesNoServer } from "./conf";
import { isVariable } from "./words";

const rule = "haproxy-file";

/**
 * Reasons for which HAProxy refuses a file, as far as a text alone tells: quotes, lines that only seem
 * to be continued, and how servers are verified.
 *
 * @param before sections of other files that HAProxy reads first
 */
export function judgeHaproxyFile(text: string, before = ""): Finding[] {
  return [...judgeLines(text), ...judgeServers(`${before}\n${text}`)];
}

function judgeLines(text: string): Finding[] {
  return haproxyLines(text).flatMap(({ words, unmatched }, index): Finding[] => {
    if (unmatched !== undefined) {
      return [
        finding(
          `line ${index + 1} opens ${unmatched} and does not close it, so HAProxy refuses the file`,
          "close it on the same line, or write a backslash in front of it",
        ),
      ];
    }
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
