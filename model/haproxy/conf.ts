import { checksOverTls, type ServerCheck, serverCheck } from "./server-check";
import { type HaproxyLine, haproxyWords, setVariables } from "./words";

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
  /** Address or name, without port, brackets and family. */
  host: string;
  /** @default the port is not stated */
  port?: number;
  /** Whether HAProxy asks it for its health. */
  checked: boolean;
  /** Whether HAProxy speaks TLS to it, for traffic or for the check. */
  tls: boolean;
  /** Last word on `verify`; may be a variable. @default not stated, which is `required` */
  verify?: string;
  /** Whether it states a CA to verify with. */
  ca: boolean;
  /** Path of that CA. @default none is stated */
  caFile?: string;
  /** Whether it shows a client certificate. */
  certificate: boolean;
  /** Not in turn as long as another is up, or at all. */
  standby: boolean;
}

/** A section with servers, with what it inherits from the `defaults` before it. */
export interface HaproxyBackend {
  title: string;
  /** A `ring` sends logs and `peers` send tables: neither serves a client. */
  kind: "backend" | "listen" | "ring" | "peers";
  /** @default tcp */
  mode: string;
  /** Ports on which it, or a frontend that hands it everything, takes connections. */
  boundPorts: number[];
  servers: HaproxyServer[];
  check: ServerCheck;
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
    ["backend", "defaults", "frontend", "listen", "ring", "userlist"].includes(kind),
  );
}

/** The sections of some kinds, as they are written. */
export function sectionsOfKind(text: string, kinds: readonly string[]): string {
  let taken = false;
  return text
    .split("\n")
    .filter((line) => {
      const [word = ""] = line.trim().split(/\s/, 1);
      if (sectionWords.has(word)) taken = kinds.includes(word);
      return taken;
    })
    .join("\n");
}

/** The lines of an `haproxy.cfg` as words, variables that `global` sets filled in. */
export function haproxyLines(text: string): HaproxyLine[] {
  const known = new Map<string, string>();
  return text.split("\n").map((written) => {
    const line = haproxyWords(written, known);
    setVariables(known, line.words);
    return line;
  });
}

/** Splits an `haproxy.cfg` into sections; what stands before the first one is left out. */
export function haproxySections(text: string): HaproxySection[] {
  const sections: HaproxySection[] = [];
  for (const { words } of haproxyLines(text)) {
    const [kind] = words;
    if (kind === undefined) continue;
    if (sectionWords.has(kind)) sections.push({ title: words.join(" "), kind, lines: [] });
    else sections.at(-1)?.lines.push(words);
  }
  return sections;
}

/** The sections with servers of an `haproxy.cfg`, with what each inherits. */
export function haproxyBackends(text: string): HaproxyBackend[] {
  const sections = haproxySections(text);
  const fronts = sections.filter(({ kind }) => kind === "frontend");
  const backends: HaproxyBackend[] = [];
  const named = new Map<string, string[][]>();
  let latest: string[][] = [];
  for (const { kind, title, lines } of sections) {
    const from = /\sfrom\s+(\S+)/.exec(title)?.[1];
    const inherited = from === undefined ? latest : (named.get(from) ?? latest);
    if (kind === "defaults") {
      // A `defaults` starts anew unless it says whom it takes over.
      latest = from === undefined ? lines : [...inherited, ...lines];
      const name = title.split(" ")[1];
      if (name !== undefined) named.set(name, latest);
    } else if (kind === "backend" || kind === "listen") {
      const name = title.split(" ")[1] ?? "";
      const entrances = fronts.filter(
        (front) => lastValue(front.lines, "default_backend") === name,
      );
      add(kind, title, inherited, lines, [...entrances.flatMap((front) => front.lines), ...lines]);
    } else if (kind === "ring" || kind === "peers") {
      add(kind, title, [], lines, []);
    }
  }
  return backends;

  function add(
    kind: HaproxyBackend["kind"],
    title: string,
    inherited: string[][],
    lines: string[][],
    entrance: string[][],
  ): void {
    const overTls = checksOverTls(inherited, lines);
    const servers = serversIn(inherited, lines).map((server) =>
      overTls && server.checked ? { ...server, tls: true } : server,
    );
    if (servers.length === 0) return;
    const mode = lastValue([...inherited, ...lines], "mode") ?? "tcp";
    const check = serverCheck(inherited, lines);
    backends.push({ title, kind, mode, boundPorts: portsOf(entrance), servers, check });
  }
}

function lastValue(lines: readonly string[][], keyword: string): string | undefined {
  return lines.findLast(([word]) => word === keyword)?.[1];
}

/** Ports of `bind` lines: `bind :6443`, `bind 10.0.0.1:6443,[::]:6443 v4v6`. */
function portsOf(lines: readonly string[][]): number[] {
  return lines
    .filter(([word]) => word === "bind")
    .flatMap(([, addresses = ""]) => addresses.split(","))
    .flatMap((address) => /:(\d+)$/.exec(address)?.[1] ?? [])
    .map(Number);
}

/** Whether HAProxy is told in `global` to believe every certificate. */
export function verifiesNoServer(text: string): boolean {
  const last = haproxySections(text)
    .filter(({ kind }) => kind === "global")
    .flatMap(({ lines }) => lines)
    .findLast(([word]) => word === "ssl-server-verify");
  return last?.[1] === "none";
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
      return numbers(address).map((number) =>
        serverOf(`${name}${number}`, host, [...defaults, ...options]),
      );
    }
    return [];
  });
}

/** The numbers of `server-template`: `3`, or `4-6`. */
function numbers(count: string): number[] {
  const [, first, last] = /^(\d+)(?:-(\d+))?$/.exec(count) ?? [];
  const from = last === undefined ? 1 : Number(first);
  const to = Math.min(Number(last ?? first ?? 1), from + 255);
  return Array.from({ length: Math.max(to - from + 1, 1) }, (_, index) => from + index);
}

function serverOf(name: string, address: string, options: string[]): HaproxyServer {
  const port = /[^:]:(\d+)$/.exec(address)?.[1];
  const verify = valueAfter(options, "verify");
  const caFile = valueAfter(options, "ca-file");
  return {
    name,
    host: address
      .replace(/^ipv[46]@/, "")
      .replace(port === undefined ? "" : /:\d+$/, "")
      .replace(/^\[(.*)\]$/, "$1"),
    ...(port !== undefined && { port: Number(port) }),
    checked: switched(options, "check") || options.includes("track"),
    tls: switched(options, "ssl") || switched(options, "check-ssl"),
    ...(verify !== undefined && { verify }),
    ca: options.includes("ca-file"),
    ...(caFile !== undefined && { caFile }),
    certificate: options.includes("crt"),
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
