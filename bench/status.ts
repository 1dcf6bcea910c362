import { type ChildProcess, fork } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Table from "cli-table3";
import { statusOf } from "../cli/commands/status/run";
import { budgets } from "../clients/deadline";
import { median } from "./measure";
import { freshKey, type HostsPlan, type HostsReady } from "./status-hosts";
import { stackFileText, syntheticStack } from "./synthetic";

/**
 * What three hosts that do not answer cost `homelab status` on 50 nodes and 20 pairs: real SSH and
 * HTTPS, with the members and the cluster's API in other processes. Both sides are measured in turn in
 * one run; what counts is how much longer the one with silent hosts takes, which may be one time-out.
 */
const [NODES, PAIRS, GUESTS, SILENT] = [50, 20, 100, 3];
const ROUNDS = Number(process.env.ROUNDS ?? 5);

const addressOf = (guest: number) => `127.1.0.${1 + guest}`;

/** The synthetic stack on loopback addresses, with more pairs. */
function stackFile(dir: string, port: number, hostKey: string): string {
  const plain = JSON.stringify(syntheticStack(GUESTS, NODES)).replaceAll('"10.', '"127.');
  const data = JSON.parse(plain) as Record<string, Record<string, Record<string, unknown>>>;
  Object.assign(data.cluster ?? {}, { ssh: { port, user: "root" } });
  const pair = data.traefikPairs?.traefik;
  const pairs = Array.from({ length: PAIRS }, (_, index) => {
    const guests = [2 * index, 2 * index + 1];
    for (const guest of guests) {
      // Each member on a node of its own.
      const facts = { address: addressOf(guest), hostKey, node: `node${guest}` };
      Object.assign(data.guests?.[`guest${guest}`] ?? {}, facts);
    }
    const members = guests.map((guest, at) => ({
      guest: `guest${guest}`,
      priority: 150 - 50 * at,
    }));
    const own = { vip: `127.250.0.${1 + index}/8`, virtualRouterId: 51 + index, members };
    return [`pair${index}`, { ...pair, ...own }];
  });
  // The groups would want the members elsewhere.
  const stack = { ...data, haGroups: {}, traefikPairs: Object.fromEntries(pairs) };
  const file = join(dir, "Pulumi.synthetic.yaml");
  writeFileSync(file, stackFileText(stack));
  return file;
}

async function startHosts(plan: HostsPlan): Promise<{ ready: HostsReady; child: ChildProcess }> {
  const child = fork(join(__dirname, "status-hosts.ts"), { execArgv: ["--import", "tsx"] });
  const ready = new Promise<HostsReady>((resolve, reject) => {
    child.once("message", (message) => resolve(message as HostsReady));
    child.once("exit", (code) => reject(new Error(`the hosts ended with code ${code}`)));
  });
  child.send(plan);
  return { ready: await ready, child };
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "0.0.0.0", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });
}

async function main(): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), "homelab-bench-"));
  const { pem, publicKey } = freshKey();
  const identity = join(dir, "key");
  writeFileSync(identity, pem, { mode: 0o600 });
  const side = async (silent: number) => {
    const port = await freePort();
    const folder = mkdtempSync(join(dir, "side-"));
    const file = stackFile(folder, port, publicKey);
    // Members of different pairs, on different nodes.
    const guests = Array.from({ length: silent }, (_, index) => 12 * index + 1);
    const { ready, child } = await startHosts({
      file,
      port,
      hostKey: pem,
      silentAddresses: guests.map(addressOf),
      silentNodes: guests.map((guest) => `node${guest}`),
    });
    const env = {
      PATH: "/usr/bin:/bin",
      PROXMOX_VE_ENDPOINT: ready.endpoint,
      PROXMOX_VE_API_TOKEN: ready.token,
      PROXMOX_VE_FINGERPRINT: ready.fingerprint,
    };
    const run = async () => {
      const begin = performance.now();
      const status = await statusOf({ file, identity, env, progress: () => {} });
      const ms = performance.now() - begin;
      const gone = status.addresses.flatMap(({ members }) =>
        members.filter((member) => member.silent !== undefined),
      );
      return { ms, gone: gone.length };
    };
    return { run, child };
  };
  const [sound, degraded] = [await side(0), await side(SILENT)];
  try {
    const rounds: { sound: number; degraded: number }[] = [];
    let busy = 0;
    // The first round loads modules, which is no time of the hosts.
    for (let round = 0; rounds.length < ROUNDS; round++) {
      const order = round % 2 === 0 ? [sound, degraded] : [degraded, sound];
      const seen = new Map<typeof sound, { ms: number; gone: number }>();
      for (const one of order) seen.set(one, await one.run());
      const [well, ill] = [seen.get(sound), seen.get(degraded)];
      if (round === 0 || !well || !ill) continue;
      // A sound host that is late to answer says more about this machine.
      if (well.gone === 0 && ill.gone === SILENT) {
        rounds.push({ sound: well.ms, degraded: ill.ms });
      } else if (++busy > ROUNDS) {
        throw new Error(
          `${busy} rounds with late answers of sound hosts: this machine is too busy`,
        );
      }
    }
    report(rounds);
  } finally {
    for (const { child } of [sound, degraded]) child.disconnect();
    rmSync(dir, { recursive: true, force: true });
  }
}

function report(rounds: readonly { sound: number; degraded: number }[]): void {
  const timeout = budgets.question.totalMs;
  const ratios = rounds.map((round) => round.degraded / round.sound);
  const limits = rounds.map((round) => 1 + timeout / round.sound);
  const extra = rounds.map((round) => round.degraded - round.sound);
  const seconds = (ms: number) => `${(ms / 1000).toFixed(2)} s`;
  const table = new Table({ head: [`${NODES} nodes, ${PAIRS} pairs`, "median", "target"] });
  const over = median(ratios) > median(limits);
  table.push(
    ["none silent", seconds(median(rounds.map((round) => round.sound))), ""],
    [
      `${SILENT} nodes and ${SILENT} members silent`,
      seconds(median(rounds.map((round) => round.degraded))),
      "",
    ],
    ["ratio", median(ratios).toFixed(2), `≤ ${median(limits).toFixed(2)} (1 + one time-out)`],
    ["longer by", seconds(median(extra)), `≤ ${seconds(timeout)}${over ? ", over" : ""}`],
  );
  process.stdout.write(`${table.toString()}\n`);
  if (over) process.exitCode = 1;
}

void main();
