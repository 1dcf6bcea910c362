/** What Ansible counted on one host. */
export interface HostRecap {
  ok: number;
  changed: number;
  unreachable: number;
  failed: number;
}

/** The counts below `PLAY RECAP` by host; throws when a playbook ended without any. */
export function recapIn(output: string): Record<string, HostRecap> {
  const [, recap] = /^PLAY RECAP \**\n([\s\S]*)/m.exec(output) ?? [];
  const hosts: Record<string, HostRecap> = {};
  for (const line of (recap ?? "").split("\n")) {
    const [, host, counts] = /^(\S+) +: (.*\w=\d.*)$/.exec(line) ?? [];
    if (host === undefined || counts === undefined) continue;
    const count = (key: string) => Number(new RegExp(`\\b${key}=(\\d+)`).exec(counts)?.[1] ?? 0);
    hosts[host] = {
      ok: count("ok"),
      changed: count("changed"),
      unreachable: count("unreachable"),
      failed: count("failed"),
    };
  }
  if (Object.keys(hosts).length > 0) return hosts;
  throw new Error(`ansible-playbook: found no recap in what it said: ${output.slice(-400).trim()}`);
}

/** Tasks that changed something, over all hosts. */
export function changedIn(recap: Readonly<Record<string, HostRecap>>): number {
  return Object.values(recap).reduce((sum, { changed }) => sum + changed, 0);
}

/** What failed, out of the whole output of a playbook. */
export function failuresIn(output: string): string {
  const lines = output.split("\n");
  const failures = lines.filter((line) => /^(fatal|failed): |^ERROR!|^\[ERROR\]/.test(line));
  return (failures.length > 0 ? failures : lines.slice(-15)).join("\n").slice(0, 4000);
}
