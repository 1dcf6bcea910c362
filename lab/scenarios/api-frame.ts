import { API_UNIT, startApiServers } from "../api/masters";
import { readClient } from "../api/reading";
import { type ApiStage, STREAMS } from "../api/stage";
import { inHost, type LabHost } from "../machine/host";
import type { Scenario } from "./scenario";

/** The master that every scenario makes fail. */
export function victim({ world }: ApiStage): LabHost {
  const [first] = world.masters;
  if (!first) throw new Error("the API lab needs masters");
  return first;
}

/** Seconds beyond the model in which a client may still notice: the way of the news through a busy machine. */
export const SLACK_SEC = 0.3;

/** One API server fails: the address stays, and only what went to that server may be felt. */
export function masterFails(
  budgetSec: (stage: ApiStage) => number,
): Pick<
  Scenario<ApiStage>,
  "address" | "watchSec" | "predictedSec" | "target" | "read" | "repair"
> {
  return {
    address: "stays",
    watchSec: (stage) => budgetSec(stage) + 3,
    predictedSec: budgetSec,
    target: { moves: false },
    read: (stage, { atMs }) =>
      readClient(stage.client.seen(), {
        atMs,
        lostUntilMs: atMs + (budgetSec(stage) + SLACK_SEC) * 1000,
        cutOf: [victim(stage).name],
        streams: STREAMS,
      }),
    repair: async (stage) => startApiServers([victim(stage)]),
  };
}

/** A scenario of the address, which says what became of requests and streams too. */
export function withStreams(
  scenario: Scenario<ApiStage>,
  budgetSec: (stage: ApiStage) => number,
): Scenario<ApiStage> {
  return {
    ...scenario,
    // A stream notices after a second that its load balancer is gone, and then has to open again.
    afterSec: 3,
    read: (stage, { atMs }) =>
      readClient(stage.client.seen(), {
        atMs,
        lostUntilMs: atMs + (budgetSec(stage) + SLACK_SEC) * 1000,
        streams: STREAMS,
      }),
  };
}

/** Puts an API server that stands still out of the way, and starts it anew. */
export async function wake(stage: ApiStage): Promise<void> {
  const host = victim(stage);
  await inHost(host, `systemctl kill -s KILL ${API_UNIT}; systemctl restart ${API_UNIT}`);
  await startApiServers([host]);
}
