import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { API_CHECKS, type CheckBudget, checkBudget } from "../../model/haproxy/check";
import { addressOf } from "../../model/text";
import { budget, type VrrpProfile, vrrpGroup } from "../../model/vrrp/vrrp";
import { startScheduler } from "../instruments/scheduler";
import { inHost, type LabHost } from "../machine/host";
import { VIP } from "../machine/network";
import type { BareWorld } from "../machine/world";
import { type Deployment, openProgram } from "../pair/deploy";
import { pairSettings } from "../pair/pair";
import type { Stage } from "../scenarios/stage";
import { type ApiClient, startApiClient } from "./client";
import { API_PORT, LOAD_BALANCERS } from "./hosts";
import { PKI } from "./masters";
import { type ApiProgram, apiProgram, STATS_USER } from "./program";

/** Hosts of both kinds. */
export interface ApiWorld extends BareWorld {
  masters: LabHost[];
}

/** Everything a scenario of the API lab can use. */
export interface ApiStage extends Stage {
  world: ApiWorld;
  client: ApiClient;
  /** What the model says about the checks of the API servers. */
  checks: CheckBudget;
  api: Deployment<ApiProgram>;
}

/** Watch streams that the client holds; the same number falls to each master. */
export const STREAMS = 9;

/** Deploys the load balancers and starts the instruments around them; the caller ends them. */
export async function openApiStage(world: ApiWorld, profile: VrrpProfile): Promise<ApiStage> {
  const settings = pairSettings(profile, world.hosts);
  const statsPassword = randomBytes(18).toString("base64url");
  const vip = addressOf(VIP);
  const base: ApiProgram = {
    profile,
    hosts: world.hosts,
    masters: world.masters,
    privateKey: world.privateKey,
    caCertificate: readFileSync(join(PKI, "ca.crt"), "utf8"),
    statsPassword,
    management: ["10.77.0.0/24"],
  };
  const api = await openProgram(base, apiProgram);
  await api.up();
  const plan = {
    ...{ address: vip, port: API_PORT, timeoutMs: 5000, streams: STREAMS },
    ...{ everyMs: 25, storeEveryMs: 100 },
  };
  return {
    world,
    served: {
      units: ["haproxy", "keepalived"],
      problemOn: (host) => downOn(host, statsPassword),
    },
    profile,
    vip,
    settings,
    budget: budget(vrrpGroup(LOAD_BALANCERS, settings)),
    checks: checkBudget(API_CHECKS[profile]),
    api,
    client: await startApiClient(plan),
    scheduler: await startScheduler(),
    announcements: [],
    changes: [],
  };
}

/** What a load balancer itself says about the API servers. */
async function downOn(host: LabHost, password: string): Promise<string | undefined> {
  const script = "curl -s -m 2 -K - 'http://127.0.0.1:8404/stats;csv'";
  const { stdout } = await inHost(host, script, { input: `user = "${STATS_USER}:${password}"` });
  const states = serverStates(stdout);
  if (states.size === 0) return `${host.name}: HAProxy does not say which API servers are up`;
  const down = [...states].filter(([, state]) => state !== "UP");
  if (down.length === 0) return undefined;
  return `${host.name}: ${down.map(([name, state]) => `${name} is ${state}`).join(", ")}`;
}

/** State of each server in HAProxy's statistics as CSV: the columns `svname` and `status`. */
export function serverStates(csv: string): Map<string, string> {
  const [head = "", ...rows] = csv.trim().split("\n");
  const columns = head.replace(/^# /, "").split(",");
  const states = rows
    .map((row) => row.split(","))
    .map((row) => ({
      server: row[columns.indexOf("svname")] ?? "",
      state: row[columns.indexOf("status")] ?? "",
    }))
    .filter(({ server }) => server !== "FRONTEND" && server !== "BACKEND")
    .filter(({ server }) => server !== "");
  return new Map(states.map(({ server, state }) => [server, state]));
}
