import { createHash } from "node:crypto";
import { Client, type ClientChannel, type ServerHostKeyAlgorithm } from "ssh2";
import { errorText } from "../../model/text";
import { budgets } from "../deadline";
import { watched } from "../watch";

/** A public host key as a host shows it. */
export interface ShownKey {
  /** As `hostKey` of a stack file has it: type and key. */
  key: string;
  /** As `ssh-keygen -l` prints it. */
  fingerprint: string;
}

/** As `ssh-keygen -l` prints it. */
export function fingerprint(key: Buffer): string {
  return `SHA256:${createHash("sha256").update(key).digest("base64").replace(/=+$/, "")}`;
}

/** The kinds in the order in which one is asked for; an RSA key is shown for both signatures. */
const KINDS: ServerHostKeyAlgorithm[] = [
  "ssh-ed25519",
  "ecdsa-sha2-nistp256",
  "ecdsa-sha2-nistp384",
  "ecdsa-sha2-nistp521",
  "rsa-sha2-512",
  "rsa-sha2-256",
];

/**
 * The key that a host shows to anybody who asks. Nothing is sent: the connection ends when the key
 * is there. Whether it is the host's own only a person can tell, at its console.
 *
 * @param kind type that is asked for, e.g. that of a pinned key. @default the best that it has
 * @param way opens a connection to it through a jump host. @default it is reached directly
 * @throws OverrunError for a host that is silent, Error where there is none
 */
export async function shownHostKey(
  host: string,
  port: number,
  kind?: string,
  way?: () => Promise<ClientChannel>,
): Promise<ShownKey> {
  const sock = await way?.();
  const client = new Client();
  const algorithms = KINDS.filter((one) => kind === undefined || matches(one, kind));
  return watched(
    budgets.question,
    (watch) =>
      new Promise((resolve, reject) => {
        const hostVerifier = (key: Buffer) => {
          watch.connected();
          const type = key.subarray(4, 4 + key.readUInt32BE(0)).toString("latin1");
          resolve({ key: `${type} ${key.toString("base64")}`, fingerprint: fingerprint(key) });
          return false;
        };
        client.on("error", (error: Error & { code?: string }) =>
          reject(new Error(error.message || error.code || "no connection")),
        );
        client.once("close", () => reject(new Error("it ended the connection without a key")));
        client.connect({
          ...(sock ? { sock } : { host, port }),
          username: "nobody",
          hostVerifier,
          algorithms: { serverHostKey: algorithms },
          readyTimeout: budgets.question.totalMs,
        });
      }),
    () => client.destroy(),
  );
}

/** The same, and the best key that it has where it has none of the kind any more. */
export function shownHostKeyOrOther(
  ...[host, port, kind, way]: Parameters<typeof shownHostKey>
): Promise<ShownKey> {
  return shownHostKey(host, port, kind, way).catch((error: unknown) => {
    if (!errorText(error).includes("no matching host key")) throw error;
    return shownHostKey(host, port, undefined, way);
  });
}

const matches = (algorithm: string, kind: string) =>
  kind === "ssh-rsa" ? algorithm.startsWith("rsa-") : algorithm === kind;
