import { posix } from "node:path";

/** Where the directories of a Traefik pair may lie; each strictly below one of these. */
export const TRAEFIK_ROOTS = ["/etc/traefik", "/var/lib/traefik", "/opt/traefik", "/srv/traefik"];

/** Where a directory of certificates may lie; besides, where lego writes. */
export const CERTIFICATE_ROOTS = [...TRAEFIK_ROOTS, "/etc/lego", "/var/lib/lego"];

/** Where the certificate of a cluster's CA may be read on a load balancer. */
export const CA_ROOTS = [
  "/etc/haproxy",
  "/etc/ssl",
  "/etc/kubernetes",
  "/usr/local/share/ca-certificates",
];

/** Where it may be written: the directory of the only daemon that reads it. */
export const WRITTEN_CA_ROOT = "/etc/haproxy";

/** Traefik's static configuration, a file that this stack writes. */
export const TRAEFIK_STATIC_FILE = "/etc/traefik/traefik.yml";

/** Whether a path is a directory's own or lies below it; both are compared after resolution. */
export function isWithin(path: string, directory: string): boolean {
  const [inner, outer] = [path, directory].map((each) => `${posix.resolve("/", each)}/`);
  return (inner ?? "").startsWith((outer ?? "").replace(/\/+$/, "/"));
}

/** Whether one of two directories lies in the other, or both are the same. */
export const overlap = (a: string, b: string) => isWithin(a, b) || isWithin(b, a);

/**
 * What is wrong with a path that root changes, guards with `chmod` or copies to other hosts; none
 * when it may be used. Only the one way to write a path is taken, so that everything later can
 * compare it as it stands.
 *
 * @param roots directories below which it has to lie
 */
export function ownedPathMistake(path: string, roots: readonly string[]): string | undefined {
  if (!/^\/[A-Za-z0-9_./-]+$/.test(path)) {
    return `expected an absolute path of letters, digits and _ . - /; write it below ${orList(roots)}`;
  }
  const resolved = posix.resolve("/", path);
  if (resolved !== path) return `which is another way to write ${resolved}; write ${resolved}`;
  if (!roots.some((root) => path !== root && isWithin(path, root))) {
    return `which does not belong to this stack; use a path below ${orList(roots)}`;
  }
  if (isWithin(path, TRAEFIK_STATIC_FILE)) {
    return `which is Traefik's static configuration; use a path of its own`;
  }
  return undefined;
}

function orList(words: readonly string[]): string {
  return words.length < 2
    ? words.join("")
    : `${words.slice(0, -1).join(", ")} or ${words[words.length - 1]}`;
}
