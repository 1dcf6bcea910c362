import { createHash } from "node:crypto";

/** Types of host keys that are taken, with what has to follow the type inside the key (RFC 4253, 5656, 8709). */
const TYPES: Readonly<Record<string, (parts: readonly Buffer[]) => string | undefined>> = {
  "ssh-ed25519": (parts) => lengths(parts, [32]),
  "ssh-rsa": (parts) => {
    const [exponent, modulus] = parts;
    if (parts.length !== 2 || !exponent || !modulus) return "it is not an RSA key";
    const bits = bitLength(modulus);
    if (bitLength(exponent) < 2) return "its RSA exponent is too small";
    return bits < MIN_RSA_BITS
      ? `its RSA modulus has ${bits} bits, fewer than ${MIN_RSA_BITS}`
      : undefined;
  },
  "ecdsa-sha2-nistp256": (parts) => curve(parts, "nistp256", 65),
  "ecdsa-sha2-nistp384": (parts) => curve(parts, "nistp384", 97),
  "ecdsa-sha2-nistp521": (parts) => curve(parts, "nistp521", 133),
};

const MIN_RSA_BITS = 2048;

/**
 * Why a text is no public SSH host key as `ssh-keyscan` prints it without the host's name; none when
 * it is one. The key is decoded: a truncated or mislabelled one would fail only when the first
 * host is reached, or pin nothing.
 */
export function hostKeyMistake(text: string): string | undefined {
  if (/^(SHA256|MD5):/.test(text)) return "it is a fingerprint, which stands for the key";
  if (text.includes("PRIVATE KEY")) return "it is a private key, which no file may hold";
  const [type = "", encoded = "", ...rest] = text.split(" ");
  if (rest.length > 0 && Object.hasOwn(TYPES, encoded)) return "a host name stands before the key";
  if (encoded === "" || rest.length > 0) return "it is not a type and a key with one space between";
  const check = Object.hasOwn(TYPES, type) ? TYPES[type] : undefined;
  if (!check) return `its type is none of ${Object.keys(TYPES).join(", ")}`;
  const blob = Buffer.from(encoded, "base64");
  if (blob.toString("base64") !== encoded) return "the key is not base64, or cut off";
  const parts = strings(blob);
  if (!parts) return "the key is cut off, or more follows its end";
  const [inner, ...values] = parts;
  const stated = inner?.toString("latin1") ?? "";
  if (stated !== type) {
    const shown = Object.hasOwn(TYPES, stated) ? `"${stated}"` : "of another type";
    return `it says "${type}" but the key itself is ${shown}`;
  }
  return check(values);
}

/** The strings of an SSH message, each behind its length; none when they do not fill it exactly. */
function strings(blob: Buffer): Buffer[] | undefined {
  const parts: Buffer[] = [];
  let at = 0;
  while (at < blob.length) {
    if (at + 4 > blob.length) return undefined;
    const end = at + 4 + blob.readUInt32BE(at);
    if (end > blob.length) return undefined;
    parts.push(blob.subarray(at + 4, end));
    at = end;
  }
  return parts;
}

function lengths(parts: readonly Buffer[], expected: readonly number[]): string | undefined {
  const found = parts.map(({ length }) => length);
  return found.join() === expected.join()
    ? undefined
    : `the key has ${found.join(" and ") || 0} bytes, not ${expected.join(" and ")}`;
}

function curve(parts: readonly Buffer[], name: string, length: number): string | undefined {
  const [found, point] = parts;
  if (parts.length !== 2 || found?.toString("latin1") !== name || !point) {
    return `the key is not on the curve ${name}`;
  }
  return point.length === length && point[0] === 4 ? undefined : "its point is cut off";
}

function bitLength(number: Buffer): number {
  return number.length === 0 ? 0 : BigInt(`0x${number.toString("hex")}`).toString(2).length;
}

/**
 * A key for the place of a host's own, until that is known: of the right form, and of nobody, for it
 * is a digest of the name. A connection is refused while it stands there.
 */
export function placeholderHostKey(host: string): string {
  const type = "ssh-ed25519";
  const digest = createHash("sha256").update(`placeholder host key of ${host}`).digest();
  const sized = (bytes: Buffer) => {
    const size = Buffer.alloc(4);
    size.writeUInt32BE(bytes.length);
    return Buffer.concat([size, bytes]);
  };
  return `${type} ${Buffer.concat([sized(Buffer.from(type)), sized(digest)]).toString("base64")}`;
}
