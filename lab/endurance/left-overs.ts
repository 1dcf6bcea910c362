import { inHost, type LabHost } from "../machine/host";

/** Folders in which this stack or its daemons write. */
const FOLDERS =
  "/etc/keepalived /etc/traefik /etc/haproxy /etc/lsyncd /etc/systemd/system /usr/local/bin /root/.ssh /run/keepalived-track";

/**
 * What a member has: its files with their checksums, the addresses of its interface, the daemons that run and the
 * units that failed. What it is before a fault it has to be after it.
 */
export async function standingOf(host: LabHost): Promise<string> {
  const script = `find ${FOLDERS} -type f -exec sha256sum {} + 2>/dev/null | sort -k 2
ip -o address show dev host0 | awk '{ print $3, $4 }' | sort
for file in /proc/[0-9]*/comm; do cat "$file" 2>/dev/null; done | grep -xE 'traefik|haproxy|keepalived|lsyncd' | sort | uniq -c
systemctl list-units --state=failed --no-legend --plain | cut -d ' ' -f 1
systemctl list-units --type=timer,service --no-legend --plain 'homelab-drill-undo*' | cut -d ' ' -f 1`;
  return (await inHost(host, script)).stdout;
}

/** What differs between two such texts, as one line; empty when nothing does. */
export function difference(before: string, after: string): string {
  const [old, now] = [before, after].map((text) => text.split("\n").filter((line) => line !== ""));
  const gone = (old ?? []).filter((line) => !now?.includes(line)).map((line) => `gone: ${line}`);
  const left = (now ?? []).filter((line) => !old?.includes(line)).map((line) => `left: ${line}`);
  return [...gone, ...left].join("; ");
}
