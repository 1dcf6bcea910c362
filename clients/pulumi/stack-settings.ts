import { createHash } from "node:crypto";
import { parse, stringify } from "yaml";

/** Settings of a stack file that say how its secrets are encrypted. */
const KEY_SETTINGS = ["secretsprovider", "encryptedkey", "encryptionsalt"];

/**
 * A stack file without anything that needs the owner's key: each encrypted value becomes a made-up
 * one (64 hexadecimal digits, the same every time), so that simulated platforms need no secret.
 * The key settings of `before`, an earlier copy, are kept, so that its state can be read again.
 */
export function withoutSecrets(stackFile: string, before: string): string {
  const settings = asRecord(parse(stackFile));
  const earlier = asRecord(parse(before));
  const keys = KEY_SETTINGS.filter((name) => earlier[name] !== undefined);
  return stringify({
    ...Object.fromEntries(keys.map((name) => [name, earlier[name]])),
    config: replaced(settings.config ?? {}, "config"),
  });
}

/** Paths of the encrypted values of a stack file, e.g. `config.homelab:secrets.sshPrivateKey`. */
export function secretPaths(stackFile: string): string[] {
  const paths: string[] = [];
  replaced(asRecord(parse(stackFile)).config ?? {}, "config", (path) => paths.push(path));
  return paths;
}

function replaced(value: unknown, path: string, found?: (path: string) => void): unknown {
  if (Array.isArray(value)) {
    return value.map((item, index) => replaced(item, `${path}[${index}]`, found));
  }
  if (!isRecord(value)) return value;
  if (Object.keys(value).length === 1 && typeof value.secure === "string") {
    found?.(path);
    return createHash("sha256").update(path).digest("hex");
  }
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, replaced(item, `${path}.${key}`, found)]),
  );
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function asRecord(value: unknown): Record<string, unknown> {
  return isRecord(value) ? value : {};
}
