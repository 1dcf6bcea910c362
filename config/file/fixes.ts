import { nearest } from "./nearest";

/** The one number that a text holds and nothing but a unit or quotes around it: `2` of `2 GB`. */
function numberIn(text: string): { number: string; unit: string } | undefined {
  const [, number, unit = ""] = /^\s*([-+]?\d+(?:\.\d+)?)\s*([A-Za-z%]*)\s*$/.exec(text) ?? [];
  return number === undefined ? undefined : { number, unit };
}

/**
 * How to write a number that was refused.
 *
 * @param otherwise the fix where nothing better is known
 * @param least a number that would be accepted
 */
export function numberFix(input: unknown, otherwise: string, least = 2): string {
  if (typeof input === "string") {
    const found = numberIn(input);
    if (!found) return `write it in digits, e.g. ${/\d+/.exec(otherwise)?.[0] ?? least}`;
    return found.unit === ""
      ? `write it without quotes: ${found.number}`
      : "write the number alone, in the unit that the name of the key ends in";
  }
  if (typeof input === "number" && Number.isFinite(input) && !Number.isInteger(input)) {
    return `write a whole number, e.g. ${Math.max(1, Math.round(input))}`;
  }
  return otherwise;
}

/** How to write a host name that was refused. */
export function hostnameFix(input: unknown): string {
  const otherwise = "write e.g. grafana.internal.example.org";
  if (typeof input !== "string") return otherwise;
  const bare = input
    .replace(/^[a-z]+:\/\//i, "")
    .replace(/[/:].*$/, "")
    .toLowerCase();
  const good = /^(\*\.)?([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]([a-z0-9-]*[a-z0-9])?$/.test(bare);
  return good && bare !== input ? `write ${bare}` : otherwise;
}

/** How to write a name that was refused: the same in letters, digits and hyphens. */
export function nameFix(input: unknown): string {
  const otherwise = "write one such as traefik-2";
  if (typeof input !== "string") return otherwise;
  const plain = input
    .normalize("NFD")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, " ")
    .trim()
    .replaceAll(" ", "-")
    .replace(/^[^a-z]+/, "")
    .slice(0, 63)
    .replace(/-$/, "");
  return plain === "" || plain === input ? otherwise : `write e.g. ${plain}`;
}

/** Words that other tools have for true and false. */
const booleans: Record<string, boolean> = {
  yes: true,
  on: true,
  true: true,
  y: true,
  "1": true,
  no: false,
  off: false,
  false: false,
  n: false,
  "0": false,
};

/** How to write a boolean that was refused. */
export function booleanFix(input: unknown): string {
  const meant = booleans[String(input).toLowerCase()];
  return meant === undefined ? "write true or false" : `write ${meant}, without quotes`;
}

/** How to write a list that was refused. */
export function listFix(input: unknown): string {
  if (typeof input === "string" || typeof input === "number") {
    const parts = String(input)
      .split(/\s*[,;]\s*|\s+/)
      .filter((part) => part !== "");
    return `write [${parts.join(", ")}]`;
  }
  return `begin each entry on a line of its own with "- "`;
}

/** Keys that say which one is meant, where a map has nothing else that has to be there. */
const namingKeys = ["guest", "host", "name"];

/**
 * How to write a map that was refused.
 *
 * @param keys those that it may have
 */
export function mapFix(input: unknown, keys: readonly string[] = []): string {
  if (Array.isArray(input)) {
    const [first] = input;
    const name = typeof first === "string" ? first : (first as { name?: unknown } | null)?.name;
    const shown = typeof name === "string" ? name : "<name>";
    return `write "${shown}: ..." for each entry, without "- "`;
  }
  if (input === null) return "write its keys below it, indented further, or remove the line";
  const naming = namingKeys.find((key) => keys.includes(key));
  return typeof input === "string" && naming !== undefined && /^[\w.-]+$/.test(input)
    ? `write { ${naming}: ${input} }`
    : "write its keys below it, indented further";
}

/** Words of Proxmox and of other tools for what is called otherwise here. */
const otherWords: Record<string, string> = {
  lxc: "ct",
  container: "ct",
  qemu: "vm",
  kvm: "vm",
  nfs: "shared",
  cifs: "shared",
  smb: "shared",
  iscsi: "shared",
  pbs: "shared",
  rbd: "ceph",
  cephfs: "ceph",
  zfspool: "zfs",
  lvm: "local",
  lvmthin: "local",
  dir: "local",
  btrfs: "local",
};

/** The value that a word of another tool, or a mistyped one, most likely meant. */
export function meantValue(found: unknown, values: readonly string[]): string | undefined {
  const word = String(found).toLowerCase();
  const same = otherWords[word];
  return same !== undefined && values.includes(same) ? same : nearest(word, values);
}

/** How to write one of a few values that was refused. */
export function choiceFix(found: unknown, values: readonly string[]): string {
  const meant = meantValue(found, values);
  return meant === undefined ? `write one of these` : `write ${meant}`;
}
