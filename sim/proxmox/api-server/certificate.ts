import { generateKeyPairSync, randomBytes, sign, X509Certificate } from "node:crypto";
import { isIPv4 } from "node:net";

/** A certificate that signs itself, with its key; both PEM. */
export interface SelfSigned {
  key: string;
  cert: string;
  /** SHA-256, as Proxmox writes a pin. */
  fingerprint: string;
}

/**
 * Makes a certificate for a server of this machine (RFC 5280), valid for a day from an hour ago.
 *
 * @param hosts names and IPv4 addresses that it is good for
 */
export function selfSigned(hosts: readonly string[]): SelfSigned {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const name = sequence(
    set(sequence(oid("550403"), tagged(0x0c, Buffer.from("simulated Proxmox VE")))),
  );
  const extension = (id: string, value: Buffer) => sequence(oid(id), tagged(0x04, value));
  const alternatives = hosts.map((host) =>
    isIPv4(host)
      ? tagged(0x87, Buffer.from(host.split(".").map(Number)))
      : tagged(0x82, Buffer.from(host)),
  );
  const body = sequence(
    tagged(0xa0, integer(Buffer.from([2]))),
    integer(Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    ecdsaWithSha256,
    name,
    sequence(time(-1), time(24)),
    name,
    publicKey.export({ type: "spki", format: "der" }),
    tagged(
      0xa3,
      sequence(
        extension("551d13", sequence(tagged(0x01, Buffer.from([0xff])))),
        extension("551d11", sequence(...alternatives)),
      ),
    ),
  );
  const signature = sign("sha256", body, privateKey);
  const der = sequence(
    body,
    ecdsaWithSha256,
    tagged(0x03, Buffer.concat([Buffer.from([0]), signature])),
  );
  const certificate = new X509Certificate(der);
  return {
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    cert: certificate.toString(),
    fingerprint: certificate.fingerprint256,
  };
}

// DER (ITU-T X.690): tag, length, content.
function tagged(tag: number, content: Buffer): Buffer {
  const { length } = content;
  const size =
    length < 0x80
      ? [length]
      : length < 0x100
        ? [0x81, length]
        : [0x82, Math.floor(length / 256), length % 256];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

const sequence = (...parts: Buffer[]) => tagged(0x30, Buffer.concat(parts));
const set = (...parts: Buffer[]) => tagged(0x31, Buffer.concat(parts));
const integer = (value: Buffer) => tagged(0x02, value);
const oid = (hex: string) => tagged(0x06, Buffer.from(hex, "hex"));
const ecdsaWithSha256 = sequence(oid("2a8648ce3d040302"));

/** UTCTime, some hours from now. */
function time(hours: number): Buffer {
  const at = new Date(Date.now() + hours * 3_600_000).toISOString();
  return tagged(0x17, Buffer.from(`${at.slice(2, 19).replace(/[-T:]/g, "")}Z`));
}
