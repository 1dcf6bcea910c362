import type { ClusterModel, GuestModel, Outcome } from "../resilience/types";
import type { PendingStorage } from "./today";

/** A group of guests, as far as the order of work depends on it. */
export interface PhaseGroup {
  name: string;
  guests: string[];
  /** Minutes between two replications; absent: not replicated. */
  everyMinutes?: number;
  failback: boolean;
}

/** What is to become of a cluster. */
export interface PhaseInput {
  /** The cluster as its stack file states it. */
  cluster: ClusterModel;
  pending: PendingStorage[];
  groups: PhaseGroup[];
  /** Guests that are containers: their disks do not move while they run. */
  containers: ReadonlySet<string>;
}

/** Guests that are off during a phase. */
export interface Downtime {
  guests: string[];
  /** Seconds, shortest and longest; zero for what moves while it runs. */
  sec: [number, number];
  why: string;
}

/** One piece of work. */
export interface Phase {
  /** E.g. `reinstall trinity`. */
  id: string;
  /** Phases of the same stage have nothing to do with each other, except reinstallations. */
  stage: 1 | 2 | 3 | 4;
  what: string;
  downtime: Downtime[];
  /** Phases that must be done first, with the reason. */
  blockedBy: { id: string; why: string }[];
  /** Phases that wait for this one. */
  blocks: string[];
  /** What may not happen meanwhile. */
  risks: string[];
}

/** What a loss means for the guests concerned, today and at the end. */
export interface PhaseEffect {
  failed: string[];
  guests: string[];
  today: Outcome;
  after: Outcome;
}

/** The way from today to what the stack file states. */
export interface PhasePlan {
  phases: Phase[];
  effects: PhaseEffect[];
}

/** The input, looked up from every side. */
export interface Context extends PhaseInput {
  storages: ReadonlySet<string>;
  guests: ReadonlyMap<string, GuestModel>;
}

/** Whether a guest's disk belongs on a storage that some node does not have yet. */
export const concerned = ({ storages }: Context, guest: GuestModel | undefined) =>
  guest !== undefined && storages.has(guest.storage);
