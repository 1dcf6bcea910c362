import ipaddr from "ipaddr.js";

/** The one number that a text holds and nothing but a unit or quotes around it: `2` of `2 GB`. */
function numberIn(text: string): { number: string; unit: string } | undefined {
  const [, number, unit = ""] = /^\s*([-+]?\d+(?:\.\d+)?)\s*([A-Za-z%]*)\s*$/.exec(text) ?? [];
  return number === undefined ? undefined : { number, unit };
}

/**
 * How to write a number that was refused.
 *
 * @param otherwise the fix where nothing better is known
 */
export function numberFix(input: unknown, otherwise: string): string {
  if (typeof input === "string") {
    const found = numberIn(input);
    if (!found) return `write it in digits, e.g. ${example(otherwise)}`;
    return found.unit === ""
      ? `write it without quotes: ${found.number}`
      : "write the number alone, in the unit that the name of the key ends in";
  }
  if (typeof input === "number" && Number.isFinite(input) && !Number.isInteger(input)) {
    return `write a whole number, e.g. ${Math.max(1, Math.round(input))}`;
  }
  return otherwise;
}

const example = (text: string) => /\d+/.exec(text)?.[0] ?? "2";

const four = (text: string) => ipaddr.IPv4.isValidFourPartDecimal(text);

/** An address in what was written with something around it, or with another separator. */
function addressIn(text: string): string | undefined {
  const [bare = ""] = text.trim().split(/[/:\s]/);
  const plain = bare
    .replaceAll(",", ".")
    .split(".")
    .map((part) => part.replace(/^0+(?=\d)/, ""))
    .join(".");
  return four(plain) ? plain : undefined;
}

/** How to write an address that was refused. */
export function addressFix(input: unknown): string {
  const otherwise = "write four numbers from 0 to 255, e.g. 192.168.1.110";
  if (typeof input !== "string") return otherwise;
  const found = addressIn(input);
  if (found === undefined) {
    return /[A-Za-z]/.test(input)
      ? "write the address that the name stands for, e.g. 192.168.1.110"
      : otherwise;
  }
  if (input.includes("/")) return `write it without the prefix length: ${found}`;
  if (/:\d+$/.test(input)) return `write it without the port: ${found}`;
  return `write ${found}`;
}

/** Prefix length of a net mask in dotted form. */
function maskLength(text: string): number | undefined {
  return four(text)
    ? (ipaddr.IPv4.parse(text).prefixLengthFromSubnetMask() ?? undefined)
    : undefined;
}

/** How to write an address whose prefix length is missing or another thing. */
export function prefixFix(input: unknown): string {
  const otherwise = "write e.g. 192.168.1.101/24";
  if (typeof input !== "string") return otherwise;
  const [address = "", behind] = input.split("/");
  const found = addressIn(address);
  if (found === undefined) return otherwise;
  if (behind === undefined) return `add the prefix length of its network, e.g. ${found}/24`;
  const length = maskLength(behind);
  return length === undefined ? `write e.g. ${found}/24` : `write ${found}/${length}`;
}

/** How to write a network that was refused. */
export function networkFix(input: unknown): string {
  const otherwise = "write network and prefix length, e.g. 192.168.1.0/24";
  if (typeof input !== "string") return otherwise;
  const [address = "", behind] = input.split("/");
  const found = addressIn(address);
  if (found === undefined) return otherwise;
  if (behind === undefined) return `add the prefix length, e.g. ${found}/24`;
  const length = maskLength(behind) ?? Number(behind);
  if (!Number.isInteger(length) || length < 0 || length > 32) return otherwise;
  const network = `${ipaddr.IPv4.networkAddressFromCIDR(`${found}/${length}`)}/${length}`;
  const longest = [8, 16, 24, 32].find(
    (own) => ipaddr.IPv4.networkAddressFromCIDR(`${found}/${own}`).toString() === found,
  );
  const other = longest === undefined || longest === length ? "" : `, or ${found}/${longest}`;
  return `write ${network}${other}`;
}

/** How to write a range that was refused. */
export function rangeFix(input: unknown): string {
  const otherwise = "write first and last address, e.g. 10.0.20.200-10.0.20.220";
  if (typeof input !== "string") return otherwise;
  const [first = "", last = "", ...rest] = input.split(/\s*(?:-|\.\.+|–|—|to|\/)\s*/);
  if (!four(first) || rest.length > 0) return otherwise;
  const whole = /^\d{1,3}$/.test(last) ? first.replace(/\d+$/, last) : last;
  if (!four(whole)) return otherwise;
  const number = (text: string) =>
    ipaddr.IPv4.parse(text)
      .toByteArray()
      .reduce((sum, byte) => sum * 256 + byte, 0);
  return number(first) <= number(whole) ? `write ${first}-${whole}` : `write ${whole}-${first}`;
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

/** How to write a map that was refused. */
export function mapFix(input: unknown): string {
  if (Array.isArray(input)) {
    const [first] = input;
    const name = typeof first === "string" ? first : (first as { name?: unknown } | null)?.name;
    const shown = typeof name === "string" ? name : "<name>";
    return `write "${shown}: ..." for each entry, without "- "`;
  }
  if (input === null) return "write its keys below it, indented further, or remove the line";
  return "write its keys below it, indented further";
}
