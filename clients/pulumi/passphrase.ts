import { createDecipheriv, pbkdf2 } from "node:crypto";
import { promisify } from "node:util";

/** What a stack encrypts, so that a passphrase can be tried (pulumi, sdk/go/common/resource/config/crypt.go). */
const PROOF = "pulumi";

const ROUNDS = 1_000_000;
const TAG_BYTES = 16;

/**
 * Whether a passphrase is the one of a stack; undefined for a salt of an unknown form.
 *
 * @param salt `encryptionsalt` of the stack file: `v1:<salt>:v1:<nonce>:<encrypted>`, each in base64
 */
export async function isPassphrase(salt: string, passphrase: string): Promise<boolean | undefined> {
  const [outer, base, inner, nonce, sealed, ...more] = salt.split(":");
  if (outer !== "v1" || inner !== "v1" || !base || !nonce || !sealed || more.length > 0) {
    return undefined;
  }
  const bytes = Buffer.from(sealed, "base64");
  const key = await promisify(pbkdf2)(
    passphrase,
    Buffer.from(base, "base64"),
    ROUNDS,
    32,
    "sha256",
  );
  try {
    const decipher = createDecipheriv("aes-256-gcm", key, Buffer.from(nonce, "base64"));
    decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
    const opened = [decipher.update(bytes.subarray(0, -TAG_BYTES)), decipher.final()];
    return Buffer.concat(opened).toString("utf8") === PROOF;
  } catch {
    return false;
  }
}
