import { constants } from "node:os";

// What failed, in the words of Go's SSH library, as the real provider prints it.

/** How a command ended; undefined when it exited with 0 (golang.org/x/crypto/ssh, session.go `Waitmsg`). */
export function exitText(code: number | null, signal?: string): string | undefined {
  if (code === 0) return undefined;
  if (code !== null) return `Process exited with status ${code}`;
  const number = Object.entries(constants.signals).find(([name]) => name === signal)?.[1] ?? 0;
  return `Process exited with status ${128 + number} from signal ${signal?.replace(/^SIG/, "")}`;
}

const refusals: Record<string, string> = {
  ECONNREFUSED: "connect: connection refused",
  EHOSTUNREACH: "connect: no route to host",
  ENETUNREACH: "connect: network is unreachable",
  ETIMEDOUT: "i/o timeout",
};

/** The provider's words for a failed dial; it names the host only while there is no connection yet. */
export function dialText(where: string, error: Error & { code?: string; level?: string }): string {
  if (error.level === "client-socket") {
    return `dial tcp ${where}: ${refusals[error.code ?? ""] ?? error.message}`;
  }
  if (error.level === "client-timeout") return `dial tcp ${where}: i/o timeout`;
  if (error.level === "client-authentication") {
    return `ssh: handshake failed: ssh: unable to authenticate at ${where}`;
  }
  return `ssh: handshake failed: ${where}: ${error.message}`;
}

/** Why a jump host opens no connection. */
export const wayText = (error: Error) => error.message.replace(/^\(SSH\) /, "");
