/**
 * The static configuration in the flags with which a text starts Traefik: a unit, a Compose file, the
 * arguments of a container. Traefik knows `--name=value` only, in any letter case; a blank instead of
 * `=` makes the value `true`.
 *
 * @returns nothing when it has none but `--configFile`
 */
export function traefikFlags(text: string): Record<string, unknown> | undefined {
  const found = [...text.matchAll(flag)].map(
    ([, name = "", value = "true"]): Setting => [
      name.toLowerCase().split("."),
      value.replace(/^(["'])(.*)\1$/, "$2"),
    ],
  );
  return treeOf(found.filter(([[first = ""]]) => first !== "configfile"));
}

type Setting = [path: string[], value: string];

const flag =
  /(?<=^|[\s"'[,])--([A-Za-z][\w-]*(?:\.[\w-]+|\[\d+\])*)(?:=("[^"\n]*"|'[^'\n]*'|[^\s"',\]]*))?/gm;

/** The same in variables of the environment: `TRAEFIK_PING=true`, in a unit, a file or Compose. */
export function traefikVariables(text: string): Record<string, unknown> | undefined {
  return treeOf(
    [...text.matchAll(variable)].map(
      ([, name = "", value = ""]): Setting => [name.toLowerCase().split("_"), value],
    ),
  );
}

const variable = /\bTRAEFIK_([A-Z][A-Z0-9_]*)["']?\s*[=:]\s*["']?([^\s"',}]*)/g;

function treeOf(settings: readonly Setting[]): Record<string, unknown> | undefined {
  if (settings.length === 0) return undefined;
  const root: Record<string, unknown> = Object.create(null);
  for (const [path, value] of settings) {
    let now = root;
    for (const part of path.slice(0, -1)) {
      const next = now[part];
      now = isRecord(next) ? next : put(now, part);
    }
    const last = path.at(-1) ?? "";
    // `--ping` beside `--ping.entrypoint=web`.
    if (value === "false") delete now[last];
    else if (!isRecord(now[last])) now[last] = value === "true" ? {} : value;
  }
  return root;
}

function put(into: Record<string, unknown>, name: string): Record<string, unknown> {
  const made: Record<string, unknown> = Object.create(null);
  into[name] = made;
  return made;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
