import type { ApiStage } from "../api/stage";
import type { Scenario } from "../scenario";
import { keepalivedStopped } from "./keepalived";

/** Every scenario of the API lab, the most telling first. */
export const API_SCENARIOS: readonly Scenario<ApiStage>[] = [keepalivedStopped];
