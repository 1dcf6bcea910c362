import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cacheFolder, recipeKey } from "./places";
import { must } from "./shell";

/**
 * What every host is made of. The packages are those that the component asks for, since hosts of
 * the lab have no way to a package mirror, and what a container of a homelab has anyway.
 */
export const IMAGE_RECIPE = {
  release: "bookworm",
  packages: [
    ...["systemd", "systemd-sysv", "dbus", "iproute2", "iputils-ping", "procps", "nftables"],
    ...["openssh-server", "openssh-client", "ca-certificates", "curl"],
    ...["keepalived", "rsync", "lsyncd", "lua5.3", "inotify-tools", "logrotate", "cron"],
  ],
  // What makes a boot slow, or waits for a network that the lab does not have.
  masked: [
    "apt-daily.timer",
    "apt-daily-upgrade.timer",
    "dpkg-db-backup.timer",
    "e2scrub_all.timer",
    "e2scrub_reap.service",
    "fstrim.timer",
    "systemd-networkd-wait-online.service",
    "systemd-timesyncd.service",
    "systemd-resolved.service",
  ],
} as const;

const SET_UP = `set -eu
# Keys, identity and address belong to a host, not to the image.
rm -f etc/ssh/ssh_host_* etc/machine-id etc/hostname
: >etc/machine-id
rm -rf var/cache/apt/archives/*.deb var/lib/apt/lists/*
passwd --root "$PWD" -l root >/dev/null
for unit in MASKED; do ln -sf /dev/null "etc/systemd/system/$unit"; done
ln -sf /lib/systemd/system/systemd-networkd.service etc/systemd/system/multi-user.target.wants/
mkdir -p etc/systemd/journald.conf.d
printf '[Journal]\\nStorage=volatile\\nRuntimeMaxUse=16M\\n' >etc/systemd/journald.conf.d/lab.conf
`;

/**
 * The root file system that all hosts share read-only; built when its recipe is new.
 *
 * @param more packages beside those of the recipe. @default none
 * @returns its folder
 */
export async function ensureImage(
  say: (line: string) => void,
  more: readonly string[] = [],
): Promise<string> {
  const recipe = { ...IMAGE_RECIPE, packages: [...IMAGE_RECIPE.packages, ...more] };
  const key = recipeKey([recipe, SET_UP]);
  const folder = join(cacheFolder(), `image-${key}`);
  if (existsSync(join(folder, "lab-image-complete"))) {
    say(`image: ${recipe.release}, cached (${key})`);
    return folder;
  }
  say(`image: building ${recipe.release} with debootstrap, a few minutes, once`);
  const half = `${folder}.building`;
  rmSync(half, { recursive: true, force: true });
  mkdirSync(half, { recursive: true });
  const { release, packages } = recipe;
  const include = `--include=${packages.join(",")}`;
  const args = ["debootstrap", "--variant=minbase", include, release, half];
  await must("nice", args, { timeoutSec: 1800 });
  const script = SET_UP.replace("MASKED", recipe.masked.join(" "));
  await must("sh", ["-c", script], { cwd: half });
  writeFileSync(join(half, "lab-image-complete"), "");
  // Whole or not at all: a killed build is never taken for an image.
  rmSync(folder, { recursive: true, force: true });
  renameSync(half, folder);
  return folder;
}
