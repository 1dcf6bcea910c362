import type { Finding } from "./finding";
import { namesText } from "./vrrp/text";

const rule = "weak-password";

/** Fewest characters of a password. */
export const SHORTEST_PASSWORD = 12;

/** What tutorials and default installations use, and what is tried first. */
const wellKnown = new Set([
  "admin",
  "administrator",
  "changeit",
  "changeme",
  "cloudflare",
  "default",
  "dragon",
  "example",
  "grafana",
  "guest",
  "haproxy",
  "homelab",
  "iloveyou",
  "k8s",
  "keepalived",
  "kubernetes",
  "letmein",
  "login",
  "master",
  "monkey",
  "pass",
  "passwd",
  "password",
  "pihole",
  "proxmox",
  "qwerty",
  "qwertyuiop",
  "raspberry",
  "root",
  "secret",
  "stats",
  "supersecret",
  "test",
  "toor",
  "traefik",
  "trustno1",
  "user",
  "vrrp",
  "welcome",
]);

/** Rows along which fingers slide, forwards and backwards. */
const rows = ["01234567890123456789", "abcdefghijklmnopqrstuvwxyz", "qwertyuiop", "asdfghjkl"];
const runs = rows.flatMap((row) => [row, [...row].reverse().join("")]);

/**
 * Whether a password is too easy: empty, short, a default in some dress, a row of keys, or the
 * name of its own user. The value is never part of a finding.
 *
 * @param name what it opens, for the message; a user name in it counts as such
 * @param minLength fewest characters. @default 12
 */
export function judgePassword(
  name: string,
  value: string,
  minLength = SHORTEST_PASSWORD,
): Finding[] {
  const weakness =
    value.trim() === ""
      ? "is empty"
      : isNameOf(name, value)
        ? "is the name of its own user or service"
        : isWellKnown(value)
          ? "is a well-known default or one with decoration"
          : isPattern(value)
            ? "is a repetition or a row of keys"
            : [...value].length < minLength
              ? `has fewer than ${minLength} characters`
              : undefined;
  if (weakness === undefined) return [];
  return [
    {
      rule,
      path: [name],
      message: `the password "${name}" ${weakness}`,
      fix: "set a random one, for example from `openssl rand -hex 24`",
      severity: "error",
    },
  ];
}

/** Passwords that open more than one thing; the value is never part of a finding. */
export function judgeShared(passwords: readonly { name: string; value: string }[]): Finding[] {
  const users = new Map<string, Set<string>>();
  for (const { name, value } of passwords) {
    users.set(value, (users.get(value) ?? new Set()).add(name));
  }
  return [...users].flatMap(([value, set]) => {
    const names = [...set];
    const second = names[1];
    if (value === "" || second === undefined) return [];
    return [
      {
        rule,
        path: [second],
        message: `${namesText(names, "and")} have the same password, so whoever knows one has ${names.length === 2 ? "both" : "all"}`,
        fix: "set a random one for each, for example from `openssl rand -hex 24`",
        severity: "error" as const,
      },
    ];
  });
}

function isNameOf(name: string, value: string): boolean {
  const words = name.toLowerCase().split(/[\s./:]+/);
  return [name.toLowerCase(), ...words].includes(value.trim().toLowerCase());
}

/** Undoes what is usually put around a default: capitals, digits for letters, signs and years, doubling. */
function isWellKnown(value: string): boolean {
  const lower = value.trim().toLowerCase();
  const letters = lower
    .replace(/@|4/g, "a")
    .replace(/3/g, "e")
    .replace(/1|!/g, "i")
    .replace(/0/g, "o")
    .replace(/\$|5/g, "s");
  return (
    [lower, letters].some((text) => {
      const words = text.split(/[^a-z]+/).filter((word) => word !== "");
      return words.length > 0 && words.every((word) => wellKnown.has(repeated(word)));
    }) || wellKnown.has(lower)
  );
}

function isPattern(value: string): boolean {
  const lower = value.toLowerCase();
  const unit = repeated(lower);
  const isRun = (text: string) => text.length >= 4 && runs.some((run) => run.includes(text));
  return (unit.length <= 4 && unit !== lower) || isRun(lower) || (unit !== lower && isRun(unit));
}

/** The shortest text whose repetition makes up the whole. */
function repeated(text: string): string {
  return /^(.+?)\1*$/s.exec(text)?.[1] ?? text;
}
