import { parseDocument } from "yaml";
import type { ObservedResource } from "../rule";
import { entries, field, list } from "./resource";
import { secret } from "./types";

/** A file of cloudflared that a ConfigMap or a Secret holds. */
export interface CloudflaredFile {
  /** Its key. */
  file: string;
  config: unknown;
}

/** What a large file of somebody else may cost is bounded. */
const longest = 256 * 1024;

/**
 * The cloudflared configurations in a ConfigMap or a Secret, in whatever style of YAML they are
 * written. A file with `ingress` that is no list of rules is somebody else's.
 */
export function cloudflaredFiles(resource: ObservedResource): CloudflaredFile[] {
  const { type, props } = resource;
  const plainTexts = [
    ...entries(props, "stringData"),
    ...(type === secret ? [] : entries(props, "data")),
  ];
  const encoded = type === secret ? entries(props, "data") : entries(props, "binaryData");
  const texts: [string, unknown][] = [
    ...plainTexts,
    ...encoded.map(([file, content]): [string, unknown] => [file, decoded(content)]),
  ];
  return texts.flatMap(([file, content]) => {
    if (typeof content !== "string" || content.length > longest || !content.includes("ingress")) {
      return [];
    }
    const config = parsed(content);
    const rules = list(config, "ingress");
    const usable = rules.some((rule) => typeof field(rule, "service") === "string");
    return usable ? [{ file, config }] : [];
  });
}

function decoded(content: unknown): string | undefined {
  if (typeof content !== "string" || !/^[A-Za-z0-9+/\s]+=*\s*$/.test(content)) return undefined;
  return Buffer.from(content, "base64").toString("utf8");
}

/** Some other program's file that only looks like YAML is none of this rule's business. */
function parsed(content: string): unknown {
  try {
    const document = parseDocument(content, { strict: false });
    return document.errors.length > 0 ? undefined : document.toJS({ maxAliasCount: 100 });
  } catch {
    return undefined;
  }
}
