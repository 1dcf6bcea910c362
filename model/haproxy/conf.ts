/** One section of an `haproxy.cfg`, each line as its words. */
export interface HaproxySection {
  /** `backend kubernetes-masters`, as the file writes it. */
  title: string;
  /** First word of the title: `global`, `defaults`, `frontend`, `backend`, `listen`. */
  kind: string;
  lines: string[][];
}

/** A server of a backend, with what `default-server` says for it. */
export interface HaproxyServer {
  name: string;
  /** @default the port is not stated */
  port?: number;
  /** Whether HAProxy asks it for its health. */
  checked: boolean;
  /** Whether HAProxy speaks TLS to it, for traffic or for the check. */
  tls: boolean;
  /** Last word on `verify`. @default not stated, which is `required` */
  verify?: string;
  /** Not in turn as long as another is up, or at all. */
  standby: boolean;
}

/** A `backend` or `listen` section, with what it inherits from the `defaults` before it. */
export interface HaproxyBackend {
  title: string;
  servers: HaproxyServer[];
  /** How a checked server is asked; `connection` is a connection that opens, and nothing more. */
  check: { kind: "connection" } | { kind: "http"; uri: string };
}

const sectionWords = new Set([
  "backend",
  "cache",
  "crt-store",
  "defaults",
  "fcgi-app",
  "frontend",
  "global",
  "http-errors",
  "listen",
  "log-forward",
  "mailers",
  "peers",
  "program",
  "resolvers",
  "ring",
  "userlist",
]);

/** Whether a text is meant for HAProxy. */
export function isHaproxyConf(text: string): boolean {
  const titles = haproxySections(text).map(({ kind, lines }) => (lines.length > 0 ? kind : ""));
  return titles.some((kind) =>
    ["backend", "defaults", "frontend", "listen", "userlist"].includes(kind),
  );
}

/** Splits an `haproxy.cfg` into sections; what stands before the first one is left out. */
export function haproxySections(text: string): HaproxySection[] {
  const sections: HaproxySection[] = [];
  for (const words of text.split(/\r?\n/).map(wordsOf)) {
    const [kind] = words;
    if (kind === undefined) continue;
    if (sectionWords.has(kind)) sections.push({ title: words.join(" "), kind, lines: [] });
    else sections.at(-1)?.lines.push(words);
  }
  return sections;
}

/** The backends of an `haproxy.cfg`, with what each inherits. */
export function haproxyBackends(text: string): HaproxyBackend[] {
  const backends: HaproxyBackend[] = [];
  const named = new Map<string, string[][]>();
  let latest: string[][] = [];
  for (const { kind, title, lines } of haproxySections(text)) {
    const from = /\sfrom\s+(\S+)/.exec(title)?.[1];
    const inherited = from === undefined ? latest : (named.get(from) ?? latest);
    if (kind === "defaults") {
      // A `defaults` starts anew unless it says whom it takes over.
      latest = from === undefined ? lines : [...inherited, ...lines];
      const name = title.split(" ")[1];
      if (name !== undefined) named.set(name, latest);
    } else if (kind === "backend" || kind === "listen") {
      const servers = serversIn(inherited, lines);
      if (servers.length > 0) backends.push({ title, servers, check: checkIn(inherited, lines) });
    }
  }
  return backends;
}

/** Whether HAProxy is told in `global` to believe every certificate. */
export function verifiesNoServer(text: string): boolean {
  const last = haproxySections(text)
    .filter(({ kind }) => kind === "global")
    .flatMap(({ lines }) => lines)
    .findLast(([word]) => word === "ssl-server-verify");
  return last?.[1] === "none";
}

/** Words outside comments; quotes and backslashes as HAProxy reads them. */
function wordsOf(line: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote = "";
  for (let at = 0; at < line.length; at++) {
    const letter = line[at] ?? "";
    if (quote !== "") {
      if (letter === quote) quote = "";
      else word = (word ?? "") + letter;
    } else if (letter === '"' || letter === "'") {
      quote = letter;
      word ??= "";
    } else if (letter === "\\") {
      at += 1;
      word = (word ?? "") + (line[at] ?? "");
    } else if (letter === "#") {
      break;
    } else if (/\s/.test(letter)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else {
      word = (word ?? "") + letter;
    }
  }
  return word === undefined ? words : [...words, word];
}

function serversIn(inherited: string[][], lines: string[][]): HaproxyServer[] {
  let defaults = inherited
    .filter(([word]) => word === "default-server")
    .flatMap((words) => words.slice(1));
  return lines.flatMap(([word, name = "", address = "", ...rest]) => {
    if (word === "default-server") {
      defaults = [...defaults, name, address, ...rest];
      return [];
    }
    if (word === "server") return [serverOf(name, address, [...defaults, ...rest])];
    // server-template PREFIX COUNT ADDRESS [OPTION...]
    if (word === "server-template") {
      const [host = "", ...options] = rest;
      return [serverOf(name, host, [...defaults, ...options])];
    }
    return [];
  });
}

function serverOf(name: string, address: string, options: string[]): HaproxyServer {
  const port = /[^:]:(\d+)$/.exec(address)?.[1];
  const verify = valueAfter(options, "verify");
  return {
    name,
    ...(port !== undefined && { port: Number(port) }),
    checked: switched(options, "check"),
    tls: switched(options, "ssl") || switched(options, "check-ssl"),
    ...(verify !== undefined && { verify }),
    standby: switched(options, "backup") || switched(options, "disabled"),
  };
}

function valueAfter(options: string[], keyword: string): string | undefined {
  const at = options.lastIndexOf(keyword);
  return at < 0 ? undefined : options[at + 1];
}

/** A keyword that `no-` takes back; the last word counts. */
function switched(options: string[], keyword: string): boolean {
  const off = keyword === "disabled" ? "enabled" : `no-${keyword}`;
  return options.lastIndexOf(keyword) > options.lastIndexOf(off);
}

/** The check of a section: its own `option httpchk` and `http-check send`, else the inherited ones. */
function checkIn(inherited: string[][], lines: string[][]): HaproxyBackend["check"] {
  const all = [...inherited, ...lines];
  // Of the kinds of check the last one holds, and `no option httpchk` takes it back.
  const option = all.findLast(([first, second, third]) =>
    first === "no"
      ? second === "option" && third === "httpchk"
      : first === "option" && second !== undefined && /(chk|-check)$/.test(second),
  );
  if (option?.[1] !== "httpchk" || option[0] === "no") return { kind: "connection" };
  const own = (part: string[][]) =>
    part.findLast(
      ([first, second, ...rest]) =>
        first === "http-check" && second === "send" && valueAfter(rest, "uri") !== undefined,
    );
  const sent = own(lines) ?? own(inherited);
  if (sent) return { kind: "http", uri: valueAfter(sent, "uri") ?? "/" };
  // option httpchk [METHOD] URI [VERSION]
  const [method, uri] = option.slice(2);
  return { kind: "http", uri: uri ?? (method?.startsWith("/") ? method : "/") };
}
