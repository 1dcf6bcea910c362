import { createHmac } from "node:crypto";

/**
 * Host keys of a host in a known_hosts file (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT), as `hostKey` of a
 * stack file writes them; the strongest kind first. Revoked keys and authorities are left out.
 */
export function knownHostKeys(text: string, host: string, port = 22): string[] {
  const name = port === 22 ? host : `[${host}]:${port}`;
  return text
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .filter(([hosts = "", type, key]) => type && key && !/^[@#]/.test(hosts) && names(hosts, name))
    .map(([, type, key]) => `${type} ${key}`)
    .sort((a, b) => rank(a) - rank(b));
}

const kinds = ["ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521"];

function rank(key: string): number {
  const at = kinds.indexOf(key.split(" ")[0] ?? "");
  return at < 0 ? kinds.length : at;
}

/** A list of names, or one name hashed with a salt so that nobody can read where somebody logs in. */
function names(hosts: string, name: string): boolean {
  const [, kind, salt, hash] = hosts.split("|");
  if (hosts.startsWith("|") && kind === "1" && salt && hash) {
    return createHmac("sha1", Buffer.from(salt, "base64")).update(name).digest("base64") === hash;
  }
  return hosts.split(",").includes(name);
}
