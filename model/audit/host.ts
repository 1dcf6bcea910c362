import type { Boot, CorosyncLink, EdacCounter, HostEvidence } from "./types";

/** What is asked of a node: a section of the answer each, as a shell command. Only reads. */
const sections: Readonly<Record<string, string>> = {
  // Not `wdctl`: opening a watchdog can arm it.
  watchdogs: "cat /sys/class/watchdog/watchdog*/identity",
  module: "sed -n 's/^WATCHDOG_MODULE=//p' /etc/default/pve-ha-manager",
  services:
    'for s in watchdog-mux pve-ha-lrm pve-ha-crm corosync; do echo "$s $(systemctl is-active $s)"; done',
  links: "corosync-cfgtool -s",
  edac: "grep -H . /sys/devices/system/edac/mc/mc*/ce_count /sys/devices/system/edac/mc/mc*/ue_count",
  log: `journalctl -q --no-pager -o short-iso --since=-30d _TRANSPORT=kernel + _SYSTEMD_UNIT=corosync.service + _SYSTEMD_UNIT=watchdog-mux.service + _SYSTEMD_UNIT=pve-ha-lrm.service | grep -aE 'EDAC|Hardware Error|[Mm]achine check|Memory failure|EXT4-fs|JBD2|XFS|BTRFS|I/O error|read-only|medium error|link: [0-9]+ is|no active links|Token has not|quorum lost|watchdog|ha_agent' | tail -n 400`,
  last: "last -x -w --time-format iso reboot shutdown",
  // For a system without last(1): the start and the end of each boot, and how the one before ended.
  boots:
    "journalctl -q --list-boots --no-pager -o json; for b in -1 -2 -3 -4 -5; do echo \"end $b $(journalctl -q --no-pager -b $b -n 40 -o cat 2>/dev/null | grep -acE 'Journal stopped|Reached target .*(Reboot|Power|Shutdown|Halt)|Shutting down')\"; done",
};

const mark = (name: string) => `== audit ${name}`;

/** One command that prints everything; it needs no more than to read. */
export function hostScript(): string {
  const parts = Object.entries(sections).map(
    ([name, command]) => `echo '${mark(name)}'; { ${command}; } 2>/dev/null`,
  );
  return `export LC_ALL=C; ${parts.join("; ")}; echo '${mark("end")}'`;
}

/** Reads what `hostScript` printed on a node. */
export function hostEvidence(node: string, output: string): HostEvidence {
  const text = sectionsOf(output);
  const watchdogs = text.watchdogs?.split("\n").filter(Boolean);
  const watchdogModule = text.module?.trim().replace(/["']/g, "");
  const links = corosyncLinks(text.links ?? "");
  const edac = edacCounters(text.edac ?? "");
  const fromLast = bootsFromLast(text.last ?? "");
  const boots = fromLast.length > 0 ? fromLast : bootsFromJournal(text.boots ?? "");
  return {
    node,
    ...(watchdogs && { watchdogs }),
    ...(watchdogModule && { watchdogModule }),
    services: Object.fromEntries(
      (text.services ?? "")
        .split("\n")
        .map((line) => line.trim().split(/\s+/))
        .flatMap(([name, state]) => (name && state ? [[name, state]] : [])),
    ),
    ...(links.length > 0 && { links }),
    ...(edac.length > 0 && { edac }),
    log: (text.log ?? "").split("\n").filter(Boolean),
    ...(boots.length > 0 && { boots }),
  };
}

/** @throws Error when the end is missing: half an answer would look like a sound node */
function sectionsOf(output: string): Record<string, string> {
  const parts = output.split(/^== audit (\w+)$/m);
  const found: Record<string, string> = {};
  for (let index = 1; index < parts.length; index += 2) {
    found[parts[index] ?? ""] = (parts[index + 1] ?? "").replace(/^\n/, "").replace(/\n$/, "");
  }
  if (!("end" in found)) throw new Error("the answer breaks off");
  return found;
}

/** Links and whom they reach, from `corosync-cfgtool -s` (corosync 3, knet). */
export function corosyncLinks(output: string): CorosyncLink[] {
  const links: CorosyncLink[] = [];
  for (const line of output.split("\n")) {
    const id = /^LINK ID (\d+)/.exec(line)?.[1];
    if (id !== undefined) links.push({ id: Number(id), address: "", peers: [] });
    const link = links.at(-1);
    const address = /^\s+addr\s*=\s*(\S+)/.exec(line)?.[1];
    if (link && address !== undefined) link.address = address;
    const [, peer, state] = /^\s+nodeid:?\s+(\d+):\s*(connected|disconnected)/.exec(line) ?? [];
    if (link && peer !== undefined) {
      link.peers.push({ nodeId: Number(peer), connected: state === "connected" });
    }
  }
  return links;
}

/** Counters of the memory controllers: `/sys/.../mc0/ce_count:12`. */
export function edacCounters(output: string): EdacCounter[] {
  const counters = new Map<string, EdacCounter>();
  for (const line of output.split("\n")) {
    const [, controller = "", kind, count] = /\/(mc\d+)\/(ce|ue)_count:(\d+)$/.exec(line) ?? [];
    if (count === undefined) continue;
    const counter = counters.get(controller) ?? { controller, corrected: 0, uncorrected: 0 };
    counter[kind === "ce" ? "corrected" : "uncorrected"] = Number(count);
    counters.set(controller, counter);
  }
  return [...counters.values()];
}

/**
 * Starts of a machine, newest first, from `last -x --time-format iso reboot shutdown`: a start
 * that no shutdown precedes was one after a crash, a reset or a loss of power. The oldest line says
 * nothing of what was before it.
 */
export function bootsFromLast(output: string): Boot[] {
  const records = output.split("\n").flatMap((line) => {
    const [, kind, at] =
      /^(reboot|shutdown)\s+system (?:boot|down)\s+.*?(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:?\d\d)/.exec(
        line,
      ) ?? [];
    return kind === undefined || at === undefined ? [] : [{ kind, atSec: Date.parse(at) / 1000 }];
  });
  return records.flatMap((record, index) => {
    const before = records[index + 1];
    if (record.kind !== "reboot" || before === undefined) return [];
    return [
      {
        startSec: record.atSec,
        clean: before.kind === "shutdown",
        ...(before.kind === "shutdown" && { beforeSec: before.atSec }),
      },
    ];
  });
}

/** The same from the journal: `journalctl --list-boots -o json` and how each earlier one ended. */
export function bootsFromJournal(output: string): Boot[] {
  const [json = "", ...lines] = output.split("\n");
  const ends = new Map(
    lines.flatMap((line) => {
      const [, boot, count] = /^end (-\d+) (\d+)$/.exec(line) ?? [];
      return boot === undefined ? [] : [[Number(boot), Number(count) > 0] as const];
    }),
  );
  const boots = listOf(json).sort((a, b) => b.index - a.index);
  return boots.flatMap(({ index, first }, at) => {
    const before = boots[at + 1];
    const clean = ends.get(index - 1);
    if (before === undefined || clean === undefined) return [];
    return [{ startSec: first, clean, beforeSec: before.last }];
  });
}

/** Boots of the journal; times are microseconds there. */
function listOf(json: string): { index: number; first: number; last: number }[] {
  let data: unknown;
  try {
    data = JSON.parse(json);
  } catch {
    return [];
  }
  if (!Array.isArray(data)) return [];
  return data.flatMap((entry: Record<string, unknown>) => {
    const index = Number(entry.index);
    const first = Number(entry.first_entry) / 1e6;
    const last = Number(entry.last_entry) / 1e6;
    return Number.isFinite(index + first + last) ? [{ index, first, last }] : [];
  });
}
