import { configBroken, configEdited } from "./configuration";
import {
  badYaml,
  diskFull,
  keepalivedMissing,
  traefikMissing,
  unknownKey,
  unreadableCertificate,
  wrongInterface,
} from "./corrupted-files";
import { hostKeyChanged, killedMidCopy, memberDown, sshRefused } from "./corrupted-hosts";
import { failback, keepalivedKilled, keepalivedStopped, plannedSwitch } from "./keepalived";
import { hostDead, linkCut } from "./machine";
import { bothRestored, memberRestored } from "./restore";
import type { Scenario } from "./scenario";
import { bothFailing, traefikDead, traefikHung, traefikStopped } from "./traefik";
import { rollingUp, routeUp, sameUp } from "./update";
import { weightTooSmall } from "./weight";

/** Every scenario, the most telling first. */
export const SCENARIOS: readonly Scenario[] = [
  traefikStopped,
  traefikDead,
  traefikHung,
  keepalivedStopped,
  keepalivedKilled,
  hostDead,
  linkCut,
  bothFailing,
  plannedSwitch,
  failback,
  configEdited,
  configBroken,
  routeUp,
  sameUp,
  rollingUp,
  badYaml,
  unknownKey,
  wrongInterface,
  unreadableCertificate,
  diskFull,
  keepalivedMissing,
  traefikMissing,
  sshRefused,
  hostKeyChanged,
  memberDown,
  killedMidCopy,
  memberRestored,
  bothRestored,
  weightTooSmall,
];
