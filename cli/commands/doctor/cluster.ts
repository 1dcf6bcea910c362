import { z } from "zod";
import { budgets } from "../../../clients/deadline";
import { openProxmox, type Proxmox, ProxmoxError } from "../../../clients/proxmox";
import {
  clusterStatusItem,
  guestItem,
  permissionsAnswer,
  storageItem,
  timeAnswer,
  versionAnswer,
} from "../../../clients/proxmox/answers";
import { storageSnapshot } from "../../../clients/proxmox/read-cluster";
import type { StackConfig } from "../../../config/stack";
import { vrrpAddresses } from "../../../config/virtual-addresses";
import {
  judgeGuests,
  judgeNodes,
  judgeStorages,
  judgeVersion,
} from "../../../model/doctor/cluster";
import { judgePrivileges, type Purpose, type Work } from "../../../model/doctor/privileges";
import { type CheckResult, judgeClock, resultsOf } from "../../../model/doctor/types";
import { proxmoxAccess } from "../../lib/live-cluster";
import { checkFirewall } from "./firewall";

/** Milliseconds that one call may take: nobody wants to wait a minute for a diagnosis. */
const CALL_MS = 15_000;

/** Asks the Proxmox API for everything that a stack takes for granted. */
export async function checkCluster(
  stack: StackConfig,
  purpose: Purpose,
  env: NodeJS.ProcessEnv,
  endpoint?: string,
): Promise<CheckResult[]> {
  const { ok, problem } = resultsOf("token", "Proxmox API");
  let client: Proxmox | undefined;
  try {
    const options = proxmoxAccess(env, endpoint);
    const timeoutMs = Math.min(CALL_MS, budgets.proxmox.totalMs);
    client = openProxmox({ ...options, timeoutMs });
    const version = await client.get("/version", versionAnswer);
    const token = options.token.replace(/=.*/s, "");
    const rest = await Promise.all(
      questions(client, token, stack, purpose).map((question) => asked(...question)),
    );
    return [
      ok(`${token} is let in at ${client.origin}`),
      judgeVersion(version.version, stack.cluster.pveVersion),
      ...rest.flat(),
    ];
  } catch (error) {
    if (!(error instanceof ProxmoxError)) throw error;
    const skipped = ["privileges", "node", "storage", "guest", "firewall"].map((check) =>
      resultsOf(check, "").notChecked("the Proxmox API was not reached"),
    );
    const [found = "", ...fix] = error.message.split("; ");
    return [problem(found, ...fix), ...skipped];
  } finally {
    client?.close();
  }
}

type Question = [check: string, ask: () => Promise<CheckResult[]>];

function questions(
  client: Proxmox,
  token: string,
  stack: StackConfig,
  purpose: Purpose,
): Question[] {
  const { cluster } = stack;
  const nodes = Object.keys(cluster.nodes);
  return [
    [
      "privileges",
      async () => {
        const held = await client.get("/access/permissions", permissionsAnswer);
        return judgePrivileges(token, held, purpose, workOf(stack));
      },
    ],
    [
      "node",
      async () => {
        const status = await client.get("/cluster/status", z.array(clusterStatusItem));
        const seen = status
          .filter(({ type }) => type === "node")
          .map(({ name, online }) => ({ name, online: online ?? false }));
        return judgeNodes(nodes, seen);
      },
    ],
    [
      "storage",
      async () => {
        const storages = await client.get("/storage", z.array(storageItem));
        return judgeStorages(
          cluster.storages,
          storages.map(storageSnapshot),
          cluster.backup?.storage,
        );
      },
    ],
    [
      "guest",
      async () => {
        const guests = await client.get("/cluster/resources", z.array(guestItem), { type: "vm" });
        return judgeGuests(configuredGuests(stack), guests);
      },
    ],
    ["firewall", () => checkFirewall(client, stack)],
    ...nodes.map((node): Question => ["clock", () => clockOf(client, node)]),
  ];
}

async function clockOf(client: Proxmox, node: string): Promise<CheckResult[]> {
  const asked = Date.now();
  const { time } = await client.get(`/nodes/${node}/time`, timeAnswer);
  // The answer has whole seconds.
  return [judgeClock(node, time * 1000, asked - 1000, Date.now())];
}

/** One question that is refused, or not answered, leaves the others. */
async function asked(check: string, ask: Question[1]): Promise<CheckResult[]> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof ProxmoxError)) throw error;
    return [resultsOf(check, "").notChecked(error.message)];
  }
}

/** What a stack makes Proxmox do, for the privileges that it needs. */
function workOf({ cluster, guests, haGroups }: StackConfig): Work {
  const groups = Object.values(haGroups);
  return {
    pveVersion: cluster.pveVersion,
    ha: groups.length > 0,
    replication: groups.some(({ replication }) => replication !== undefined),
    backup: cluster.backup !== undefined && groups.length > 0,
    createsGuests: Object.values(guests).some(({ create }) => create !== undefined),
  };
}

/** Guests that are there already and whose files this stack writes. */
function configuredGuests(stack: StackConfig): { name: string; vmid: number }[] {
  const members = vrrpAddresses<{ members: { guest?: string | undefined }[] }>(stack).flatMap(
    ({ settings }) => settings.members.flatMap(({ guest }) => guest ?? []),
  );
  return [...new Set(members)].flatMap((name) => {
    const guest = stack.guests[name];
    return guest && guest.create === undefined ? [{ name, vmid: guest.vmid }] : [];
  });
}
