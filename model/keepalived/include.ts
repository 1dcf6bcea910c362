/** The folder of a path. */
export function directoryOf(path: string): string {
  return path.slice(0, Math.max(path.lastIndexOf("/"), 0)) || "/";
}

/**
 * The files that an `include` reads, in the order in which keepalived reads them.
 *
 * @param pattern as in the file; `*`, `?`, `[…]` and `{a,b}` as in a shell
 * @param folder the one of the including file, which a relative pattern starts from
 */
export function filesMatching(
  pattern: string,
  folder: string,
  files: ReadonlyMap<string, string>,
): [path: string, text: string][] {
  const absolute = normal(pattern.startsWith("/") ? pattern : `${folder}/${pattern}`);
  const wanted = alternatives(absolute).map(globPattern);
  return [...files]
    .filter(([path]) => wanted.some((pattern) => pattern.test(path)))
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

function normal(path: string): string {
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return `/${parts.join("/")}`;
}

/** A pattern with `{a,b}` as one pattern for each. */
function alternatives(pattern: string): string[] {
  const [, before = "", choices, after = ""] = /^(.*?)\{([^{}]*)\}(.*)$/s.exec(pattern) ?? [];
  if (choices === undefined) return [pattern];
  return choices.split(",").flatMap((choice) => alternatives(before + choice + after));
}

function globPattern(pattern: string): RegExp {
  const source = pattern.replace(/\[!?[^\]/]+\]|[^A-Za-z0-9/]/g, (part) => {
    if (part === "*") return "[^/]*";
    if (part === "?") return "[^/]";
    if (part.length > 1) return part.replace(/^\[!/, "[^");
    return `\\${part}`;
  });
  return new RegExp(`^${source}$`);
}
