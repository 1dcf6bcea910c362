import { addressOf } from "../../model/text";
import {
  budget,
  checkedBy,
  drainSec,
  SECOND_LINE,
  type VrrpSettings,
  vrrpGroup,
} from "../../model/vrrp/vrrp";
import type { Drain } from "../keepalived/drain";
import { HANDOVER_SCRIPT, HANDOVER_SERVICE, HANDOVER_SOCKET } from "../keepalived/handover";
import type { Probe } from "../keepalived/probe";
import type { HealthScript } from "./health";
import {
  answers,
  eitherOf,
  type HealthProbe,
  passes,
  passesAt,
  type Question,
  takesConnections,
} from "./health-probe";

/** What stands behind the virtual address. */
export interface Service {
  /** The word in file names, and its unit where `main` names no other. */
  daemon: string;
  /** Unit that serves. @default the daemon; none where it is null */
  main?: string | null;
  /** TCP port of the virtual address that clients use. */
  port: number;
  /** What says on the member itself that the service is fit. */
  probe: Probe;
  /** File that asks for a restart of the daemon. @default it is only ever reloaded */
  restartMark?: string;
  /** Longest planned stop of the daemon in seconds. */
  stopSec: number;
  /** Units beside the daemon and keepalived. @default none */
  units?: readonly string[];
  /** Logs that grow, beside the one of keepalived's states. @default none */
  logs?: readonly string[];
}

type Member = VrrpSettings["members"][number];

/** What it takes to relieve a member of the address. */
export function drainOf(
  name: string,
  { name: member }: Pick<Member, "name">,
  facts: VrrpSettings,
): Drain {
  const vip = addressOf(facts.vip);
  const handoverSec = drainSec(vrrpGroup(name, facts), member);
  return { member, vip, handoverSec, keepSec: facts.drainSec ?? 0 };
}

/** Whether a member's check goes through a tracked file, which needs a watcher. */
export function watched({ debian = 13 }: Member, { profile = "compatible" }: VrrpSettings) {
  return checkedBy(profile, debian) === "tracked file";
}

/** Unit of the watcher behind a tracked file. */
export const watcherUnit = ({ daemon }: Service) => `${daemon}-check-watcher.service`;

/** The watcher's program. */
export const watcherScript = ({ daemon }: Service) => `/usr/local/bin/watch_${daemon}.sh`;

/** Name of a unit with its kind. */
export const unitFile = (unit: string) => (unit.includes(".") ? unit : `${unit}.service`);

/** Where a unit of this stack lies. */
export const unitPath = (name: string) => `/etc/systemd/system/${name}`;

/** Unit of the service itself; none where something else looks after it. */
export function mainUnit({ daemon, main }: Service): string | undefined {
  return main === null ? undefined : (main ?? daemon);
}

/** Script with which keepalived checks the service. */
export const checkScriptPath = ({ daemon }: Service) => `/usr/local/bin/check_${daemon}.sh`;

/** What the service is asked on the member itself. */
export function ownQuestion(service: Service): Question {
  const { probe } = service;
  return probe.kind === "http" && (probe.status ?? 200) === 200
    ? answers(`http://127.0.0.1:${probe.port}${probe.path}`)
    : passes(checkScriptPath(service));
}

/** What is asked through the virtual address: a look-up is a better question than a connection. */
function throughAddress(service: Service, vip: string): Question[] {
  if (service.probe.kind === "dns") return [passesAt(checkScriptPath(service), vip)];
  return [takesConnections(vip, service.port)];
}

/** Units that run on a member, in the order in which they start. */
export function unitsOf(service: Service, watcher: boolean): string[] {
  const check = watcher ? [watcherUnit(service)] : [];
  const main = mainUnit(service);
  return [...(main === undefined ? [] : [main]), ...check, ...(service.units ?? []), "keepalived"];
}

/** What holds on a member that is fit to own the address. */
export function memberProbe(member: Member, facts: VrrpSettings, service: Service): HealthProbe {
  return {
    units: unitsOf(service, watched(member, facts)),
    questions: [ownQuestion(service), ...throughAddress(service, addressOf(facts.vip))],
  };
}

/**
 * The same of a member as it stands before the next `up`: the port that the stack file states may not be
 * the one that is there yet, and the member's own check knows that one.
 */
export function standingProbe(member: Member, facts: VrrpSettings, service: Service): HealthProbe {
  const { units, questions } = memberProbe(member, facts, service);
  const [own, ...others] = questions;
  const deployed = passes(checkScriptPath(service));
  return { units, questions: [own === undefined ? deployed : eitherOf(own, deployed), ...others] };
}

/** What a member has no more once open connections are no longer kept. */
const HANDOVER_UNITS = {
  unit: HANDOVER_SOCKET,
  files: [unitPath(HANDOVER_SOCKET), unitPath(HANDOVER_SERVICE), HANDOVER_SCRIPT],
};

/** How a roll-out and a roll-back find out that a member is healthy. */
export function memberHealth(
  name: string,
  member: Member,
  facts: VrrpSettings,
  service: Service,
): HealthScript {
  const group = vrrpGroup(name, facts);
  const { rise, intervalSec, timeoutSec } = facts.check;
  const tracked = watched(member, facts);
  // keepalived believes a member again after `rise` runs, the last of which may take its timeout.
  const slow = tracked ? SECOND_LINE.rise * SECOND_LINE.intervalSec + SECOND_LINE.timeoutSec : 0;
  const settleSec = Math.ceil(Math.max(rise * intervalSec + timeoutSec, slow));
  const unit = watcherUnit(service);
  return {
    ...drainOf(name, member, facts),
    ...memberProbe(member, facts, service),
    ...(service.restartMark !== undefined && {
      restart: {
        unit: service.main ?? service.daemon,
        mark: service.restartMark,
        stopSec: service.stopSec + 5,
      },
    }),
    retired: [
      ...(tracked ? [] : [{ unit, files: [unitPath(unit), watcherScript(service)] }]),
      ...(facts.drainSec === 0 ? [HANDOVER_UNITS] : []),
    ],
    settleSec,
    deadlineSec: Math.ceil(60 + service.stopSec + budget(group).crashSec) + settleSec,
  };
}
