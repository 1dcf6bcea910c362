import { generateKeyPairSync } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { hostKeyMistake } from "../../../model/host/host-key";

const part = (bytes: Buffer | string) => {
  const content = Buffer.from(bytes);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(content.length);
  return Buffer.concat([length, content]);
};
const blob = (...parts: (Buffer | string)[]) => Buffer.concat(parts.map(part)).toString("base64");

const point = (length: number) => Buffer.concat([Buffer.from([4]), Buffer.alloc(length - 1, 7)]);
const modulus = (bits: number) => {
  const { publicKey } = generateKeyPairSync("rsa", { modulusLength: bits });
  const bytes = Buffer.from(publicKey.export({ format: "jwk" }).n ?? "", "base64url");
  return Buffer.concat([Buffer.from([0]), bytes]);
};
const exponent = Buffer.from([1, 0, 1]);
const ed25519 = blob("ssh-ed25519", Buffer.alloc(32, 9));

test.each([
  `ssh-ed25519 ${ed25519}`,
  `ssh-rsa ${blob("ssh-rsa", exponent, modulus(2048))}`,
  `ecdsa-sha2-nistp256 ${blob("ecdsa-sha2-nistp256", "nistp256", point(65))}`,
  `ecdsa-sha2-nistp384 ${blob("ecdsa-sha2-nistp384", "nistp384", point(97))}`,
  `ecdsa-sha2-nistp521 ${blob("ecdsa-sha2-nistp521", "nistp521", point(133))}`,
])("takes a key of each type: %.24s", (key) => {
  expect(hostKeyMistake(key)).toBeUndefined();
});

const wrong: Record<string, [string, string]> = {
  "no type": [ed25519, "it is not a type and a key with one space between"],
  "a comment": [
    `ssh-ed25519 ${ed25519} root@pve`,
    "it is not a type and a key with one space between",
  ],
  "an old type": [`ssh-dss ${blob("ssh-dss", "x")}`, "its type is none of ssh-ed25519, ssh-rsa, "],
  "a key of the prototype": ["__proto__ AAAA", "its type is none of "],
  "a wrong label": [`ssh-rsa ${ed25519}`, 'it says "ssh-rsa" but the key itself is "ssh-ed25519"'],
  "a cut key": [
    `ssh-ed25519 ${ed25519.slice(0, -8)}`,
    "the key is cut off, or more follows its end",
  ],
  "half a letter": [`ssh-ed25519 ${ed25519.slice(0, -3)}`, "the key is not base64, or cut off"],
  "more behind": [
    `ssh-ed25519 ${blob("ssh-ed25519", Buffer.alloc(32), "x")}`,
    "the key has 32 and 1 bytes, not 32",
  ],
  "a short key": [
    `ssh-ed25519 ${blob("ssh-ed25519", Buffer.alloc(31))}`,
    "the key has 31 bytes, not 32",
  ],
  "a small RSA key": [
    `ssh-rsa ${blob("ssh-rsa", exponent, modulus(1024))}`,
    "its RSA modulus has 1024 bits, fewer than 2048",
  ],
  "RSA with exponent 1": [
    `ssh-rsa ${blob("ssh-rsa", Buffer.from([1]), modulus(2048))}`,
    "its RSA exponent is too small",
  ],
  "another curve": [
    `ecdsa-sha2-nistp256 ${blob("ecdsa-sha2-nistp256", "nistp384", point(65))}`,
    "the key is not on the curve nistp256",
  ],
  "half a point": [
    `ecdsa-sha2-nistp256 ${blob("ecdsa-sha2-nistp256", "nistp256", point(33))}`,
    "its point is cut off",
  ],
};

test.each(Object.entries(wrong))("rejects %s", (_, [key, expected]) => {
  expect(hostKeyMistake(key)).toContain(expected);
});

test("rejects a good key with any one byte gone or added, and never throws", () => {
  const whole = Buffer.from(ed25519, "base64");
  fc.assert(
    fc.property(fc.nat(whole.length - 1), fc.boolean(), (at, gone) => {
      const rest = whole.subarray(at + (gone ? 1 : 0));
      const changed = Buffer.concat([
        whole.subarray(0, at),
        ...(gone ? [] : [Buffer.from([0])]),
        rest,
      ]);
      expect(hostKeyMistake(`ssh-ed25519 ${changed.toString("base64")}`)).toEqual(
        expect.any(String),
      );
    }),
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
      const key = `ssh-ed25519 ${Buffer.from(bytes).toString("base64")}`;
      expect(hostKeyMistake(key)).toEqual(expect.any(String));
    }),
  );
});
