import { parseDocument } from "yaml";
import { traefikFlags, traefikVariables } from "../../../model/traefik/flags";
import { type TraefikStaticFile, traefikStaticOf } from "../../../model/traefik/static-file";
import { NotToml, readToml } from "../../../model/traefik/toml";
import { oncePerText } from "../memo";

/** A static configuration of Traefik in a text, with the way it is told. */
export interface TraefikText {
  content: TraefikStaticFile;
  told: "file" | "flags" | "variables";
  /** Whether a unit starts it on the host itself. */
  unit: boolean;
}

const longest = 256 * 1024;

/** The static configuration of Traefik that a text is or holds. */
export const traefikIn = oncePerText((text): TraefikText | undefined => {
  const read = text.length > longest ? undefined : configurationIn(text);
  return typeof read === "object" ? read : undefined;
});

/** Whether a text is meant to be a static configuration of Traefik, and cannot be read. */
export const isUnreadTraefik = oncePerText((text): boolean => {
  if (!/\bentrypoints\b/i.test(text)) return false;
  return text.length > longest || configurationIn(text) === "unread";
});

function configurationIn(text: string): TraefikText | "unread" | undefined {
  const unit = /^\s*ExecStart=/m.test(text);
  const from = (told: TraefikText["told"], parsed: unknown): TraefikText | undefined => {
    const content = traefikStaticOf(parsed);
    return content && { content, told, unit };
  };
  if (/traefik/i.test(text)) {
    // One way to tell Traefik counts, flags before variables.
    const found = from("flags", traefikFlags(text)) ?? from("variables", traefikVariables(text));
    if (found) return found;
  }
  if (!/entrypoints/i.test(text)) return undefined;
  if (/^\s*\[{1,2}\s*["']?entrypoints\b/im.test(text)) return tomlIn(text, from);
  try {
    const document = parseDocument(text, { strict: false });
    if (document.errors.length === 0) {
      return from("file", document.toJS({ maxAliasCount: 100 }));
    }
  } catch {
    // More aliases than anybody writes.
  }
  // In a script it is a file that the script writes for itself, such as the trial of a new configuration.
  return /^entrypoints:/im.test(text) && !text.startsWith("#!") ? "unread" : undefined;
}

function tomlIn(
  text: string,
  from: (told: "file", parsed: unknown) => TraefikText | undefined,
): TraefikText | "unread" | undefined {
  try {
    return from("file", readToml(text));
  } catch (error) {
    if (error instanceof NotToml) return "unread";
    throw error;
  }
}
