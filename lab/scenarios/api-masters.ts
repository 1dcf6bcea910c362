import { readFileSync } from "node:fs";
import { request } from "node:https";
import { join } from "node:path";
import { nowMs } from "../../clients/steady/clock";
import { ETCD_TIMERS, leaderlessSec } from "../../model/kubernetes/etcd";
import { SHUTDOWN_DELAY_SEC } from "../../templates/kubeadm/kubeadm";
import { makeLeader } from "../api/etcd";
import { API_PORT } from "../api/hosts";
import { API_UNIT, PKI, startApiServers } from "../api/masters";
import { readClient, readRefusals } from "../api/reading";
import { noticed } from "../api/server-log";
import { type ApiStage, STREAMS } from "../api/stage";
import { arm, armCut, signalUnit } from "../machine/faults";
import { bootHost, killHost, type LabHost } from "../machine/host";
import { until } from "../machine/shell";
import { masterFails, SLACK_SEC, victim, wake } from "./api-frame";
import type { Scenario } from "./scenario";
import { roles } from "./stage";

/** Waits until the holder of the address has noticed that the victim is down. */
async function down(stage: ApiStage, atMs: number) {
  const { preferred } = roles(stage);
  return { atMs, doneMs: await noticed(preferred, victim(stage).name, "DOWN", atMs, 20) };
}

/** The process is gone and its port refuses: no new request may be lost, only what was under way. */
export const masterKilled: Scenario<ApiStage> = {
  ...masterFails((stage) => stage.checks.refusedSec),
  name: "master-killed",
  title: "API server dead (kill -9)",
  act: async (stage) => down(stage, signalUnit(victim(stage), API_UNIT, "SIGKILL")),
  target: { moves: false, lost: 2 },
};

/** Two of three are gone: every retry has to go to another one, or the third is never asked. */
export const twoMastersKilled: Scenario<ApiStage> = {
  ...masterFails((stage) => stage.checks.refusedSec),
  name: "two-masters-killed",
  title: "Two API servers dead (kill -9)",
  act: async (stage) => {
    const times = pairOf(stage).map((host) => signalUnit(host, API_UNIT, "SIGKILL"));
    return down(stage, Math.min(...times));
  },
  target: { moves: false, lost: 4 },
  read: (stage, { atMs }) =>
    readClient(stage.client.seen(), {
      atMs,
      lostUntilMs: atMs + (stage.checks.refusedSec + SLACK_SEC) * 1000,
      cutOf: pairOf(stage).map(({ name }) => name),
      streams: STREAMS,
    }),
  repair: async (stage) => startApiServers(pairOf(stage)),
};

function last(masters: readonly LabHost[]): LabHost {
  const found = masters.at(-1);
  if (!found) throw new Error("the API lab needs masters");
  return found;
}

const pairOf = ({ world }: ApiStage) => world.masters.slice(0, 2);

/** The host of a master dies: nobody refuses, packets get no answer. Its member of etcd follows. */
export const masterHostDead: Scenario<ApiStage> = {
  ...masterFails((stage) => stage.checks.silentSec),
  name: "master-host-dead",
  title: "Master's host dead (power lost)",
  prepare: ({ world }) => makeLeader(world.masters, last(world.masters)),
  act: async (stage) => {
    const host = victim(stage);
    const atMs = (await armCut(host)).fire();
    await killHost(host);
    return down(stage, atMs);
  },
  repair: async (stage) => {
    await bootHost(victim(stage));
    await startApiServers([victim(stage)]);
  },
};

/** The same where the host carries etcd's leader: what needs etcd waits for the next one. */
export const leaderHostDead: Scenario<ApiStage> = {
  ...masterHostDead,
  name: "leader-host-dead",
  title: "Host of etcd's leader dead (power lost)",
  prepare: (stage) => makeLeader(stage.world.masters, victim(stage)),
  read: (stage, { atMs }) =>
    readClient(stage.client.seen(), {
      atMs,
      lostUntilMs: atMs + (stage.checks.silentSec + SLACK_SEC) * 1000,
      // A third of the connections go to the dead master until its load balancer has noticed.
      storeLostUntilMs:
        atMs + (Math.max(leaderlessSec(ETCD_TIMERS)[1], stage.checks.silentSec) + SLACK_SEC) * 1000,
      cutOf: [victim(stage).name],
      streams: STREAMS,
    }),
};

/** The API server hangs: its kernel takes connections, and nobody answers. */
export const masterHung: Scenario<ApiStage> = {
  ...masterFails((stage) => stage.checks.silentSec),
  name: "master-hung",
  title: "API server hung (SIGSTOP)",
  act: async (stage) => down(stage, signalUnit(victim(stage), API_UNIT, "SIGSTOP")),
  repair: wake,
};

/** Planned: the API server is stopped, says so at /readyz and serves on until everybody has noticed. */
export const masterDrained: Scenario<ApiStage> = {
  ...masterFails((stage) => stage.checks.refusedSec),
  name: "master-drained",
  title: "API server drained (systemctl stop)",
  act: async (stage) => {
    const stop = await arm(victim(stage), `systemctl stop --no-block ${API_UNIT}`);
    return down(stage, stop.fire());
  },
  watchSec: () => SHUTDOWN_DELAY_SEC + 4,
  // HAProxy cannot tell a drained server from a sick one: it ends its sessions, and the request in one of them.
  target: { moves: false, lost: 2 },
};

/** Nobody can answer: the address stays where it is, and clients hear it at once. */
export const mastersDown: Scenario<ApiStage> = {
  name: "masters-down",
  title: "All API servers dead (kill -9)",
  address: "stays",
  act: async (stage) => {
    const times = stage.world.masters.map((host) => signalUnit(host, API_UNIT, "SIGKILL"));
    const atMs = Math.min(...times);
    const { preferred } = roles(stage);
    const noticing = stage.world.masters.map(({ name }) =>
      noticed(preferred, name, "DOWN", atMs, 20),
    );
    return { atMs, doneMs: Math.max(...(await Promise.all(noticing))) };
  },
  watchSec: () => 5,
  predictedSec: (stage) => stage.checks.refusedSec,
  target: { moves: false, lostAtLeast: 1 },
  read: (stage, { atMs }, requests) =>
    readRefusals(requests, atMs + (stage.checks.refusedSec + SLACK_SEC) * 1000, 250),
  repair: async (stage) => startApiServers(stage.world.masters),
};

/** A master comes back: it gets requests once it is ready, and nobody loses one. */
export const masterReturns: Scenario<ApiStage> = {
  name: "master-returns",
  title: "API server returns",
  address: "stays",
  prepare: async (stage) => {
    const atMs = signalUnit(victim(stage), API_UNIT, "SIGKILL");
    await down(stage, atMs);
  },
  act: async (stage) => {
    const host = victim(stage);
    const start = await arm(host, `systemctl start --no-block ${API_UNIT}`);
    const beginMs = start.fire();
    await until(`${host.name} is ready`, 60, () => ready(host.address), 0.05);
    const atMs = nowMs();
    const { preferred } = roles(stage);
    const doneMs = await noticed(preferred, host.name, "UP", beginMs, 20);
    return {
      atMs,
      doneMs,
      note: `ready ${((atMs - beginMs) / 1000).toFixed(1)} s after its start`,
    };
  },
  watchSec: () => 2,
  predictedSec: (stage) => stage.checks.returnSec,
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

/** Whether an API server says that it is ready; asked from the machine itself. */
function ready(address: string): Promise<boolean> {
  const ca = readFileSync(join(PKI, "ca.crt"));
  return new Promise((resolve) => {
    const options = { host: address, port: API_PORT, path: "/readyz", ca, agent: false };
    const asked = request({ ...options, timeout: 1000 }, (answer) => {
      answer.resume();
      resolve(answer.statusCode === 200);
    });
    asked.on("timeout", () => asked.destroy());
    asked.on("error", () => resolve(false));
    asked.end();
  });
}
