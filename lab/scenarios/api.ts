import type { ApiStage } from "../api/stage";
import { BALANCER_SCENARIOS } from "./api-balancers";
import {
  leaderHostDead,
  masterDrained,
  masterHostDead,
  masterHung,
  masterKilled,
  masterReturns,
  mastersDown,
  twoMastersKilled,
} from "./api-masters";
import type { Scenario } from "./scenario";

/** Every scenario of the API lab: what happens to a load balancer, then what happens to a master. */
export const API_SCENARIOS: readonly Scenario<ApiStage>[] = [
  ...BALANCER_SCENARIOS,
  masterKilled,
  twoMastersKilled,
  masterHostDead,
  leaderHostDead,
  masterHung,
  masterDrained,
  mastersDown,
  masterReturns,
];
