/**
 * Debian packages of a member of a Traefik pair: curl asks for health and fetches Traefik; iproute2
 * shows who owns the address.
 */
export function traefikPackages({ certificates }: { certificates?: unknown }): string[] {
  const always = [
    "keepalived",
    "curl",
    "ca-certificates",
    "inotify-tools",
    "iproute2",
    "logrotate",
  ];
  return certificates ? [...always, "openssl"] : always;
}

/** Debian packages of a load balancer of a Kubernetes API. */
export const HAPROXY_PACKAGES = ["keepalived", "haproxy", "curl", "iproute2", "logrotate"];

/** Debian packages of a member of a service pair; what it serves is installed by other means. */
export function servicePackages({ check }: { check: { dns?: unknown } }): string[] {
  const always = ["keepalived", "curl", "iproute2", "logrotate"];
  return check.dns ? [...always, "bind9-dnsutils"] : always;
}

/** Debian packages of the member that copies its files, and of those that get them. */
export const REPLICATION_PACKAGES = {
  source: ["lsyncd", "lua5.3", "openssh-client", "rsync"],
  target: ["rsync"],
};
