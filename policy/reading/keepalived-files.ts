import { MAIN_FILE } from "../../model/keepalived/host";
import { directoryOf, filesMatching } from "../../model/keepalived/include";
import type { ObservedResource } from "../rule";
import { carriedTexts, type DeployedFile } from "./deployed";
import { hereDocuments } from "./files/here-documents";
import { oncePerResource } from "./memo";
import { entries, text } from "./resource";
import { carriers, remoteCommand } from "./types";

/** A text that a resource brings to a host, with the path that it gets there. */
export interface PlacedFile extends DeployedFile {
  /** @default not to be seen from the resource */
  path?: string;
  /** Whether a shell or a program puts values into the text before it is the file. @default it is the file */
  filled?: boolean;
}

/** A line that is no comment and opens an instance. */
const marker = /^(?!\s*[#!]).*\bvrrp_instance\b/m;

/** Every text that the resources bring, with its path where it can be seen. */
export function placedFiles(resources: readonly ObservedResource[]): PlacedFile[] {
  return resources.flatMap(placedIn);
}

const placedIn = oncePerResource((resource): PlacedFile[] => {
  if (!carriers.some((type) => type === resource.type)) return [];
  const host = text(resource.props, "connection", "host");
  return carriedTexts(resource).map((content) => {
    const path = pathOf(resource, content);
    return {
      resource,
      text: content,
      ...(isFilled(resource, content) && { filled: true }),
      ...(host !== undefined && { host }),
      ...(path !== undefined && { path }),
    };
  });
});

/**
 * The files of one host that its keepalived starts from. A file at another path counts where
 * nothing stands at keepalived's own; what another file includes does not count by itself.
 *
 * @param files all that is brought to that host, in the order in which a later one replaces
 */
export function startingFiles(files: readonly PlacedFile[]): PlacedFile[] {
  const last = new Map(files.map((file, index) => [file.path ?? `unknown ${index}`, file]));
  const kept = [...last.values()];
  const main = kept.filter(({ path }) => path === MAIN_FILE);
  const marked = kept.filter((file) => file.path !== MAIN_FILE && marker.test(file.text));
  const unknown = marked.filter(({ path }) => path === undefined);
  const starting = [...main, ...unknown];
  const included = new Set(starting.flatMap((file) => includedBy(file, kept)));
  const elsewhere = marked.filter(({ path }) => path !== undefined && !included.has(path));
  return starting.length > 0 ? starting : startsElsewhere(elsewhere);
}

/** Without a file at its own path, keepalived is told another one. */
function startsElsewhere(files: readonly PlacedFile[]): PlacedFile[] {
  const near = files.filter(({ path }) => path?.startsWith(`${directoryOf(MAIN_FILE)}/`));
  if (near.length > 0) return near;
  return files.filter(({ path }) => /keepalived[^/]*\.conf$/.test(path ?? ""));
}

/** Paths of the files that a file may include, those that these include too. */
function includedBy(start: PlacedFile, files: readonly PlacedFile[]): string[] {
  const known = new Map(
    files.flatMap((file): [string, string][] =>
      file.path === undefined ? [] : [[file.path, file.text]],
    ),
  );
  const found = new Set<string>();
  const open: [string, string][] = [[start.path ?? MAIN_FILE, start.text]];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [path, content] = next;
    for (const [, pattern = ""] of content.matchAll(/^\s*(?:@\S+\s+)?include[rmwba]?\s+(\S+)/gm)) {
      for (const [included, more] of filesMatching(pattern, directoryOf(path), known)) {
        if (found.has(included)) continue;
        found.add(included);
        open.push([included, more]);
      }
    }
  }
  return [...found];
}

const filter =
  /\b(envsubst|sed(?!\s+(-\w*i|--in-place))|g?awk|perl|python3?|m4|jinja2?|j2|gomplate|mustache|consul-template)\b[^\n;]*(>|\|)/;

/** Whether what arrives on the host is another text than the one that is written here. */
function isFilled({ type, props }: ObservedResource, content: string): boolean {
  if (type !== remoteCommand) return false;
  const scripts = [text(props, "create") ?? "", text(props, "update") ?? ""];
  if (content === text(props, "stdin")) return scripts.some((script) => filter.test(script));
  return scripts
    .flatMap(hereDocuments)
    .some(
      (document) =>
        document.text === content && (document.expands || filter.test(document.command)),
    );
}

/** A keepalived.conf that gets values on its way to the host, so that nobody knows it here. */
export function isFilledIn({ filled, text: content }: PlacedFile): boolean {
  return filled === true && /^[\s{}]*vrrp_instance\b/m.test(content);
}

/** Where a resource puts a text. */
function pathOf({ type, props }: ObservedResource, content: string): string | undefined {
  if (type !== remoteCommand) {
    const path = text(props, "remotePath");
    // An archive is unpacked below that path.
    const [inside] = entries(props, "source").find(([, item]) => item === content) ?? [];
    return path !== undefined && inside !== undefined
      ? `${path.replace(/\/+$/, "")}/${inside}`
      : path;
  }
  const scripts = [text(props, "create") ?? "", text(props, "update") ?? ""];
  if (content === text(props, "stdin")) {
    return scripts.map((script) => movedTo(script, written(script))).find((path) => path);
  }
  // The command that reads a here-document says where its text goes.
  for (const script of scripts) {
    const found = hereDocuments(script).find((document) => document.text === content);
    const path = found && written(found.command);
    if (path !== undefined) return movedTo(script, path);
  }
  return undefined;
}

/** The file that a shell line writes to: behind `>`, `tee`, `of=` or `install … /dev/stdin`. */
function written(script: string): string | undefined {
  const pattern =
    /(?:>>?\s*|\btee\s+(?:-\S+\s+)*|\bof=|\binstall\s[^\n;&|]*\/dev\/stdin\s+)(["']?)(\/[^\s"';&|<>$]+)\1/g;
  return [...script.matchAll(pattern)]
    .map(([, , path]) => path)
    .find((path) => path !== undefined && !path.startsWith("/dev/"));
}

/** Where a file ends up that a script moves or copies on. */
function movedTo(script: string, path: string | undefined): string | undefined {
  if (path === undefined) return undefined;
  for (const [, from = "", to = ""] of script.matchAll(
    /\b(?:mv|cp|install)\s+(?:-\S+(?:\s+\d+)?\s+)*(\/\S+)\s+(\/[^\s;&|]+)/g,
  )) {
    if (from === path)
      return to.endsWith("/") ? `${to}${path.slice(path.lastIndexOf("/") + 1)}` : to;
  }
  return path;
}
