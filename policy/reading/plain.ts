import { readFile, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";

/**
 * A value that is not known yet. It differs from an absent one: "no host key" is a finding,
 * "host key known after the first run" is not.
 */
export const UNKNOWN = Symbol("unknown");

/** What the engine sends for a value that is only known after an update (@pulumi/policy, proxy.ts). */
const sentinels = new Set([
  "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
  "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
  "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
  "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
  "030794c1-ac77-496b-92df-f27374a8bd58",
  "e48ece36-62e2-4504-bad9-02848725956a",
  "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
]);

const signatureKey = "4dabf18193072939515e22adb298388d";
const secretSignature = "1b47061264138c4ac30d75fd1eb44270";
const largestFile = 1024 * 1024;

/**
 * Turns what CrossGuard or a mock monitor hands over into plain data: no proxy, secrets unwrapped,
 * unknown values as `UNKNOWN`, an asset as its text. The pack's own proxy throws at the first
 * unknown that is read, which would switch a rule off for every other resource; and it breaks the
 * Promise inside a `StringAsset`. So its target is taken and judged here.
 */
export async function plain(value: unknown): Promise<unknown> {
  if (typeof value !== "object" || value === null) return plainLeaf(value);
  const target = unproxied(value);
  if (Array.isArray(target)) {
    const items: unknown[] = [];
    for (const item of target) items.push(isBranch(item) ? await plain(item) : plainLeaf(item));
    return items;
  }
  if (target instanceof Promise) return plain(await target);
  if (isAsset(target)) return assetText(target);
  if (Reflect.get(target, "__pulumiArchive") === true) return archiveTexts(target);
  const entries = Object.entries(target);
  if (signatureKey in target) {
    const { [signatureKey]: signature, value: inner } = Object.fromEntries(entries);
    return signature === secretSignature ? plain(inner) : UNKNOWN;
  }
  if (Object.getPrototypeOf(target) !== Object.prototype && Object.getPrototypeOf(target) !== null)
    return UNKNOWN;
  const result: [string, unknown][] = [];
  for (const [key, item] of entries)
    result.push([key, isBranch(item) ? await plain(item) : plainLeaf(item)]);
  return Object.fromEntries(result);
}

/** Whether there is something to look into; a promise for each leaf is most of what a stack costs. */
function isBranch(value: unknown): boolean {
  return typeof value === "object" && value !== null;
}

function plainLeaf(value: unknown): unknown {
  if (typeof value === "function") return UNKNOWN;
  return typeof value === "string" && sentinels.has(value) ? UNKNOWN : value;
}

/** `plain` for the properties of a resource. */
export async function plainProps(props: object): Promise<Record<string, unknown>> {
  const result = await plain(props);
  return typeof result === "object" && result !== null ? { ...result } : {};
}

function unproxied(value: object): object {
  const target: unknown = Reflect.get(value, "__getSpecialProxyTarget");
  return typeof target === "object" && target !== null ? target : value;
}

function isAsset(value: object): boolean {
  return Reflect.get(value, "__pulumiAsset") === true;
}

/** The texts of an archive that the program put together, by path; a packed one is unknown. */
async function archiveTexts(archive: object): Promise<unknown> {
  const assets: unknown = await Reflect.get(archive, "assets");
  return typeof assets === "object" && assets !== null ? plain({ ...unproxied(assets) }) : UNKNOWN;
}

/** An asset that cannot be read here (a URL, a file of another machine) is unknown, not wrong. */
async function assetText(asset: object): Promise<unknown> {
  const text: unknown = await Reflect.get(asset, "text");
  if (typeof text === "string") return plain(text);
  const path: unknown = await Reflect.get(asset, "path");
  if (typeof path !== "string") return UNKNOWN;
  // The engine starts a pack inside the pack's own folder, so a relative path of the program is
  // looked up from the folder above as well.
  for (const base of [process.cwd(), dirname(process.cwd())]) {
    try {
      const file = resolve(base, path);
      return (await stat(file)).size > largestFile ? UNKNOWN : await readFile(file, "utf8");
    } catch {
      // Not there: try the next place.
    }
  }
  return UNKNOWN;
}
