import { isWithin, ownedPathMistake } from "./paths";

/** Where the files of a service may lie; each strictly below one of these. */
export const SERVICE_ROOTS = ["/etc", "/opt", "/srv", "/var/lib", "/usr/local/etc"];

/** Directories of the system: whoever may write there may do everything on the host. */
const SYSTEM = [
  ...[
    "alternatives",
    "apt",
    "cron.d",
    "cron.daily",
    "cron.hourly",
    "cron.monthly",
    "cron.weekly",
    "default",
    "dpkg",
    "init.d",
    "keepalived",
    "ld.so.conf.d",
    "logrotate.d",
    "lsyncd",
    "modprobe.d",
    "modules-load.d",
    "network",
    "pam.d",
    "profile.d",
    "pve",
    "security",
    "skel",
    "ssh",
    "ssl/private",
    "sudoers.d",
    "sysctl.d",
    "systemd",
    "tmpfiles.d",
    "udev",
    "update-motd.d",
  ].map((name) => `/etc/${name}`),
  ...["apt", "dpkg", "homelab-ha", "pve-cluster", "systemd", "vz"].map(
    (name) => `/var/lib/${name}`,
  ),
];

/** Data of databases: copied while they are written, it is a torn copy that no start repairs. */
const DATABASES = [
  "etcd",
  "grafana",
  "influxdb",
  "mariadb",
  "mongodb",
  "mysql",
  "postgresql",
  "prometheus",
  "redis",
].map((name) => `/var/lib/${name}`);

/** What is wrong with a directory of which lsyncd shall make copies; none when it may be copied. */
export function replicatedPathMistake(path: string): string | undefined {
  const mistake = ownedPathMistake(path, SERVICE_ROOTS);
  if (mistake !== undefined) return mistake;
  const system = SYSTEM.find((one) => isWithin(path, one));
  if (system !== undefined) {
    return `which is below ${system} and belongs to the system, so that whoever may copy it may do anything on the other members; use a directory of the service's own`;
  }
  const database = DATABASES.find((one) => isWithin(path, one));
  if (database !== undefined) {
    return "where a database keeps its data, of which copies are torn while it is written; let the database replicate itself, and leave the directory out";
  }
  return undefined;
}
