import { budget, skewSec } from "../vrrp/budget";
import { drainSec } from "../vrrp/drain";
import { vrrpGroup } from "../vrrp/group";
import type { VrrpSettings } from "../vrrp/types";

/** Names of the faults of a drill, in the order in which they are made: the gentlest first. */
export const FAULT_NAMES = [
  "planned-switch",
  "keepalived-stopped",
  "service-stopped",
  "service-hung",
] as const;

export type FaultName = (typeof FAULT_NAMES)[number];

/** One fault that a drill makes on the member that has the address, and takes back. */
export interface Fault {
  name: FaultName;
  /** What happens, with the daemon: `Traefik stopped`. */
  title: string;
  /** Commands of the member; each can run again at any time. */
  begin: string;
  undo: string;
  /** Longest seconds without an answer, as the model has it. */
  outageSec: number;
  /** Longest seconds until another member has the address. */
  movedSec: number;
  /** Longest seconds until the preferred member has it again. */
  returnedSec: number;
}

/** What a fault is worked out from. */
export interface DrilledPair {
  name: string;
  settings: VrrpSettings;
  /** systemd unit of the service; none where something else looks after it. */
  daemon: string | undefined;
  /** Whether the members' check sees nothing of a service that hangs. @default false */
  blindToHang?: boolean;
  /** Every unit that a member runs, in the order in which they start. */
  units: readonly string[];
  /** Member that has the address, and is preferred. */
  master: string;
  /** Shell that makes it step aside, and takes that back. */
  drain: {
    begin: string;
    undo: string;
    /** Longest seconds that members take before it, to agree on open connections. */
    agreeSec: number;
  };
}

/** The faults that a drill can make on a pair, each with what the model expects of it. */
export function faultsOf(pair: DrilledPair): Fault[] {
  const { name, settings, daemon, blindToHang = false, units, master, drain } = pair;
  const group = vrrpGroup(name, settings);
  const { totalSec, fastTotalSec, recoverySec } = budget(group);
  const others = settings.members.filter((member) => member.name !== master);
  const best = Math.max(...others.map(({ priority }) => priority));
  const skew = skewSec(settings.version, settings.advertIntervalSec, best);
  const all = units.join(" ");
  // What failed too often in a row would refuse to start.
  const start = `systemctl reset-failed ${all} 2>/dev/null || true; systemctl start ${all}`;
  const common = { returnedSec: recoverySec };
  const { agreeSec, ...commands } = drain;
  const plannedSec = drainSec(group, master) + ((settings.drainSec ?? 0) > 0 ? agreeSec : 0);
  const serviceFaults = (unit: string): Fault[] => [
    {
      ...common,
      name: "service-stopped",
      title: `${unit} stopped`,
      // It serves on for its grace time; who waits for that would call the fault late.
      begin: `systemctl stop --no-block ${unit}`,
      undo: start,
      outageSec: fastTotalSec,
      movedSec: fastTotalSec,
    },
    {
      ...common,
      name: "service-hung",
      title: `${unit} hung (SIGSTOP)`,
      begin: `systemctl kill --signal=STOP ${unit}`,
      undo: `systemctl kill --signal=CONT ${unit}; ${start}`,
      outageSec: totalSec,
      movedSec: totalSec,
    },
  ];
  return [
    {
      ...common,
      ...commands,
      name: "planned-switch",
      title: `${master} steps aside`,
      outageSec: 0,
      movedSec: plannedSec,
      returnedSec: plannedSec,
    },
    {
      ...common,
      name: "keepalived-stopped",
      title: "keepalived stopped",
      begin: "systemctl stop keepalived",
      undo: start,
      outageSec: skew,
      movedSec: skew,
    },
    // A fault that moves nothing is no drill: it is known to be an outage.
    ...(daemon === undefined ? [] : serviceFaults(daemon)).filter(
      (fault) => fault.name !== "service-hung" || !blindToHang,
    ),
  ];
}
