import type { ObservedResource } from "../rule";
import { hereDocuments } from "./files/here-documents";
import { field, text } from "./resource";
import { carriers } from "./types";

/** A text that a resource brings to a host. */
export interface DeployedFile {
  /** The resource that carries it. */
  resource: ObservedResource;
  text: string;
  /** Address or name of the host, as SSH is told. @default not known yet */
  host?: string;
}

/** Texts containing `marker` that the resources bring to hosts, one per resource. */
export function deployedFiles(resources: ObservedResource[], marker: RegExp): DeployedFile[] {
  return resources.flatMap((resource) => {
    if (!isCarrier(resource)) return [];
    const found = carriedTexts(resource).find((content) => marker.test(content));
    if (found === undefined) return [];
    const host = text(resource.props, "connection", "host");
    return [{ resource, text: found, ...(host !== undefined && { host }) }];
  });
}

function isCarrier(resource: ObservedResource): boolean {
  return carriers.some((type) => type === resource.type);
}

/**
 * Everything a resource may bring, the likeliest first: standard input is a file as it is, a
 * script holds files as here-documents or is one itself.
 */
export function carriedTexts(resource: ObservedResource): string[] {
  const { props } = resource;
  const whole = [text(props, "stdin"), ...textsIn(field(props, "source"))];
  const scripts = [text(props, "create"), text(props, "update")];
  return [
    ...whole,
    ...scripts.flatMap((script) =>
      script ? hereDocuments(script).map((document) => document.text) : [],
    ),
  ].filter((content) => content !== undefined);
}

/** A text, or every text of an archive. */
function textsIn(source: unknown): string[] {
  if (typeof source === "string") return [source];
  if (typeof source !== "object" || source === null) return [];
  return Object.values(source).flatMap(textsIn);
}
