import type { Request, Service } from "../../model/drill/requests";
import type { Announcement } from "../instruments/arp";
import type { MasterChange } from "../instruments/masters";
import type { SchedulingDelay } from "../instruments/scheduler";
import type { LabProfile, Stage } from "./stage";

/** What a scenario did. */
export interface Act {
  /** Time of the fault on the monotonic clock. */
  atMs: number;
  /** When what the scenario is about was done. @default when the address had moved */
  doneMs?: number;
  /** Something else worth reading. */
  note?: string;
  /** What did not hold, beside the targets. @default nothing */
  wrong?: string;
}

/** What the client's requests of one run say about the fault, beyond the figures of the table. */
export type Reading = Pick<Act, "note" | "wrong">;

/** One way in which something fails or is changed. */
export interface Scenario<On extends Stage = Stage> {
  /** Name on the command line and of files. */
  name: string;
  /** What happens, for the reader of the table. */
  title: string;
  /** What has to become of the virtual address. */
  address: "moves" | "stays" | "leaves" | "returns";
  /** Brings about a state other than the good one, before anything is measured. */
  prepare?(stage: On): Promise<void>;
  act(stage: On): Promise<Act>;
  /** Seconds to watch after the fault, at most; twice the time it may take. */
  watchSec(stage: On): number;
  /** Seconds to watch once all is done, to show that it stays so. @default 1.5 */
  afterSec?: number;
  /** Longest seconds until the address has moved, as the model has it. @default it says nothing */
  predictedSec?(stage: On): number;
  /** What the model counts from. @default the fault */
  predictedFrom?: "fault" | "master gives up";
  /** Reads the requests of a run, once all are in. @default the targets say everything */
  read?(stage: On, act: Act, requests: readonly Request[]): Reading;
  /** Limits that a run's medians are held against. */
  target: Target;
  /** Puts everything right again. */
  repair(stage: On): Promise<void>;
  /** Whether one run says everything: nothing in it is a matter of time. @default no */
  once?: boolean;
  /** Setups that the scenario makes sense for. @default all */
  profiles?: readonly LabProfile[];
}

/** What has to hold; a limit that is not stated is not asked for. */
export interface Target {
  /** Seconds by profile, for what is measured. */
  withinSec?: Partial<Record<LabProfile, number>>;
  /** `false`: the address must not move. @default nobody asks */
  moves?: false;
  /** Most lost requests. */
  lost?: number;
  /** Least lost requests: a fault that has to be felt. */
  lostAtLeast?: number;
}

/** One run of one scenario. */
export interface Result {
  scenario: string;
  /** Time of the fault on the monotonic clock, as all times below. */
  atMs: number;
  /** Whether another host took the address. */
  moved: boolean;
  /** Milliseconds until the address had moved, or until what the scenario is about was done. */
  tookMs?: number;
  service: Service;
  /** Gratuitous ARP that the client saw after the fault. */
  arp: number;
  /** Hosts that have the address in the end. */
  masters: string[];
  predictedMs?: number;
  /** What the prediction is held against, in milliseconds. */
  comparedMs?: number;
  scheduling: SchedulingDelay;
  note?: string;
  wrong?: string;
  /** What `homelab status` said was wrong, before anything was repaired. @default it was not asked */
  status?: string[];
  /** Everything for the plot. */
  requests: Request[];
  changes: MasterChange[];
  announcements: Announcement[];
}
