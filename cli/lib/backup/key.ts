import { readNamed } from "../files";
import type { OpenedStack } from "../members";
import { PreconditionError, UsageError } from "../usage";

/** The key of the backups: who has it can read them and make new ones; nobody else can do either. */
export interface BackupKey {
  /** Tells one key from another, and nothing else of it. */
  id: string;
  encrypt(plain: Buffer): Promise<Buffer>;
  /** @throws Error for what was not made with this key, or was changed since */
  decrypt(encrypted: Buffer): Promise<Buffer>;
}

const IDENTITY = /^AGE-SECRET-KEY-1[0-9A-Z]{58}$/;

/**
 * The key that the backups of a stack are made with: in a file that age writes, else the secret
 * `homelab:secrets.backupIdentity`. Its public half is derived and never published, so an archive
 * that it opens was made by somebody who has it.
 *
 * @param named file with the identity, as the person wrote it
 */
export async function backupKey(stack: OpenedStack, named?: string): Promise<BackupKey> {
  return keyFrom(named === undefined ? await fromSecret(stack) : fromFile(named));
}

/** The key of an identity that is at hand. */
export async function keyFrom(identity: string): Promise<BackupKey> {
  const { Decrypter, Encrypter, identityToRecipient } = await import("age-encryption");
  const { createHash } = await import("node:crypto");
  const recipient = await identityToRecipient(identity);
  return {
    id: createHash("sha256").update(recipient).digest("hex").slice(0, 16),
    async encrypt(plain) {
      const encrypter = new Encrypter();
      encrypter.addRecipient(recipient);
      return Buffer.from(await encrypter.encrypt(plain));
    },
    async decrypt(encrypted) {
      const decrypter = new Decrypter();
      decrypter.addIdentity(identity);
      return Buffer.from(await decrypter.decrypt(encrypted, "uint8array"));
    },
  };
}

/** Makes a new identity, in the form of age. */
export async function newIdentity(): Promise<string> {
  const { generateX25519Identity } = await import("age-encryption");
  return generateX25519Identity();
}

async function fromSecret(stack: OpenedStack): Promise<string> {
  const identity = await stack.secret("backupIdentity");
  if (identity === undefined) {
    throw new PreconditionError(
      `homelab:secrets.backupIdentity: missing, expected the key of the backups; make one: homelab backup --new-key | pulumi config set --secret --path homelab:secrets.backupIdentity --stack ${stack.stack}, and keep a copy elsewhere`,
    );
  }
  return checked(identity, "homelab:secrets.backupIdentity");
}

function fromFile(named: string): string {
  const lines = readNamed(named)
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"));
  if (lines.length !== 1) {
    throw new UsageError(`${named}: expected one age identity and comments; write one line of it`);
  }
  return checked(lines[0] ?? "", named);
}

/** What is wrong is not shown: it may be a secret of something else. */
function checked(identity: string, where: string): string {
  if (IDENTITY.test(identity)) return identity;
  throw new UsageError(
    `${where}: expected an age identity (AGE-SECRET-KEY-1...); make one with \`homelab backup --new-key\``,
  );
}
