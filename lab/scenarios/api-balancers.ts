import { nowMs } from "../../clients/steady/clock";
import { readClient } from "../api/reading";
import type { ApiStage } from "../api/stage";
import { STREAMS } from "../api/stage";
import { arm, signalUnit } from "../machine/faults";
import { inHost } from "../machine/host";
import { withStreams } from "./api-frame";
import { checkFails, keepDead, letRestart, startAll } from "./frame";
import { failback, keepalivedKilled, keepalivedStopped, plannedSwitch } from "./keepalived";
import { hostDead, linkCut } from "./machine";
import type { Scenario } from "./scenario";
import { roles } from "./stage";

const HAPROXY = "haproxy.service";

/** HAProxy dies and does not come back. */
const haproxyDead: Scenario<ApiStage> = {
  ...checkFails,
  name: "haproxy-dead",
  title: "HAProxy dead (kill -9, does not come back)",
  prepare: (stage) => keepDead(stage, "haproxy"),
  act: async (stage) => ({ atMs: signalUnit(roles(stage).preferred, HAPROXY, "SIGKILL") }),
  repair: async (stage) => {
    await letRestart(stage, "haproxy");
    await startAll(stage);
  },
};

/** HAProxy hangs: its port takes connections and nobody passes them on. */
const haproxyHung: Scenario<ApiStage> = {
  ...checkFails,
  name: "haproxy-hung",
  title: "HAProxy hung (SIGSTOP)",
  act: async (stage) => ({ atMs: signalUnit(roles(stage).preferred, HAPROXY, "SIGSTOP") }),
  predictedSec: (stage) => stage.budget.totalSec,
  repair: async (stage) => {
    const script = "systemctl kill -s CONT haproxy; systemctl restart haproxy";
    await inHost(roles(stage).preferred, script);
    await startAll(stage);
  },
};

/** Somebody stops HAProxy. */
const haproxyStopped: Scenario<ApiStage> = {
  ...checkFails,
  name: "haproxy-stopped",
  title: "HAProxy stopped (systemctl stop)",
  act: async (stage) => {
    const stop = await arm(roles(stage).preferred, "systemctl stop --no-block haproxy");
    return { atMs: stop.fire() };
  },
};

/** A change of haproxy.cfg alone: each HAProxy takes it in turn, without losing a connection. */
const rollingUp: Scenario<ApiStage> = {
  name: "rolling-up",
  title: "Rolling up: haproxy.cfg changed",
  address: "stays",
  act: async (stage) => {
    const atMs = nowMs();
    const { changes } = await stage.api.up(({ management }) => ({
      management: management.length === 1 ? [...management, "10.78.0.0/24"] : ["10.77.0.0/24"],
    }));
    const counts = Object.entries(changes).map(([what, count]) => `${count} ${what}`);
    return { atMs, doneMs: nowMs(), note: counts.join(", ") };
  },
  watchSec: () => 0,
  target: { moves: false, lost: 0 },
  read: (stage, { atMs }) =>
    readClient(stage.client.seen(), {
      atMs,
      lostUntilMs: 0,
      cutOf: [],
      streams: STREAMS,
    }),
  repair: async () => {},
};

/** There and back: each move may cut what is under way, and a TLS request takes several round trips. */
const switched: Scenario<ApiStage> = { ...plannedSwitch, target: { lost: 2 } };

const crash = ({ budget }: ApiStage) => budget.crashSec;
const check = ({ budget }: ApiStage) => budget.totalSec;

/** What happens to a load balancer. */
export const BALANCER_SCENARIOS: readonly Scenario<ApiStage>[] = [
  withStreams(keepalivedStopped, crash),
  withStreams(keepalivedKilled, () => 20),
  withStreams(haproxyStopped, check),
  withStreams(haproxyDead, check),
  withStreams(haproxyHung, check),
  withStreams(hostDead, crash),
  withStreams(linkCut, () => 20),
  withStreams(switched, () => 20),
  withStreams(failback, ({ budget }) => budget.recoverySec),
  rollingUp,
];
