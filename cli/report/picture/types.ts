import type { Trend } from "../../../model/drill/record";
import type { Step } from "../../../model/resilience/types";
import type { Procedure } from "../../../model/runbook/types";

/** A guest as the picture shows it. */
export interface PictureGuest {
  name: string;
  vmid: number;
  /** Without prefix length; absent where the stack file states none. */
  address?: string;
  storage: string;
  /** Group of HA. @default not under HA */
  haGroup?: string;
  /** Nodes that its disk is copied to. */
  copiedTo: string[];
  backup: boolean;
}

/** What stands where, who shares which address, and who is backed up to where. */
export interface Topology {
  nodes: { name: string; guests: PictureGuest[] }[];
  addresses: {
    /** With its section: `traefikPairs.traefik`. */
    name: string;
    vip: string;
    /** The preferred one first. */
    members: { name: string; node: string }[];
  }[];
  /** Absent where the stack file states no backup. */
  backup?: { storage: string; on: string; everyHours: number };
}

/** What follows the loss of a node, step by step. */
export interface NodeTimeline {
  node: string;
  steps: Step[];
}

/** What a page can show beside the report itself. */
export interface Picture {
  topology: Topology;
  timelines: NodeTimeline[];
  /** What to do by hand. @default the page has no such chapter */
  runbook?: Procedure[];
  /** How drills went. @default none was made */
  drills?: PictureDrills[];
}

/** The drills of one pair. */
export interface PictureDrills {
  /** Section and name: `traefikPairs.traefik`. */
  pair: string;
  /** Day of the last one. */
  last: string;
  /** Whether it went as expected. */
  good: boolean;
  trends: Trend[];
}
