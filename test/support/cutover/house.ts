import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { readJournal } from "../../../cli/commands/cutover/journal";
import type { Journal } from "../../../model/cutover/journal";
import { stateIn, type WorldState } from "../../../sim/world";
import { type Ended, startHomelab } from "../clusters/homelab";
import { put, stackData } from "../clusters/stacks";
import { startClient } from "./client";
import { startDns } from "./dns";
import { type Certificates, startPlane } from "./plane";

export const OLD = "127.0.20.200";
export const NEW = "127.0.20.203";
const HOST = "app.example.org";
/** Time to live before the move and during it, in seconds. */
const TTL = { before: 3, during: 1 };

/** A house that moves an address: simulated platforms, what really serves, DNS, clients, an operator. */
export interface House {
  stackFile: string;
  stateDir: string;
  /** Runs `homelab cutover …` to its end. */
  cutover(...args: string[]): Promise<Ended>;
  /** Starts it, to be killed. */
  begin(...args: string[]): ReturnType<typeof startHomelab>;
  /** Does by hand what a phase asks for, or takes it back. */
  byHand(phase: string, back?: boolean): void;
  journal(): Journal | undefined;
  world(): WorldState;
  /** Changes the platforms outside the program, as an owner does with Helm. */
  edit(change: (world: WorldState) => void): void;
  dns: Awaited<ReturnType<typeof startDns>>;
  plane: Awaited<ReturnType<typeof startPlane>>;
  client: ReturnType<typeof startClient>;
  stop(): Promise<void>;
}

/** Builds the house on the old address, with its client running; takes an update of the stack. */
export async function buildHouse(dir: string): Promise<House> {
  const certificates = issue(dir);
  const dns = await startDns("127.0.20.53", { [HOST]: { address: OLD, ttl: TTL.before } });
  const stateDir = join(dir, "platforms");
  const worldFile = join(stateDir, "world.json");
  const plane = await startPlane(worldFile, certificates);
  const stackFile = join(dir, "Pulumi.house.yaml");
  writeFileSync(stackFile, stackText(dns.at, plane.port, certificates.ca));
  const flags = ["--file", stackFile, "--simulated", "--state-dir", stateDir];
  const first = await startHomelab(["up", ...flags]).ended;
  if (first.code !== 0) throw new Error(`the first update failed:\n${first.stdout}${first.stderr}`);

  const world = () => stateIn(worldFile);
  const edit = (change: (state: WorldState) => void) => {
    const state = world();
    change(state);
    writeFileSync(`${worldFile}.edit`, JSON.stringify(state));
    renameSync(`${worldFile}.edit`, worldFile);
  };
  edit((state) => {
    state.kubernetes["v1/Service/traefik/traefik"] = chartService("LoadBalancer");
  });
  let alias = OLD;
  await until(() => plane.listening().includes(OLD));
  const client = startClient({
    name: { host: HOST, server: dns.at, port: plane.port },
    alias: () => alias,
    tunnel: { host: HOST, ...plane.edge },
    ca: readFileSync(certificates.ca),
  });
  const command = (args: readonly string[]) => {
    const [word = "", ...rest] = args;
    const stepping = ["start", "next", "back"].includes(word);
    const simulated = stepping ? ["--simulated", "--state-dir", stateDir] : [];
    return startHomelab(["cutover", word, "--file", stackFile, ...simulated, ...rest]);
  };
  const journalFile = join(dir, ".homelab", "cutover-house.move.json");
  return {
    stackFile,
    stateDir,
    cutover: (...args) => command(args).ended,
    begin: (...args) => command(args),
    byHand(phase, back = false) {
      const record = dns.records[HOST] ?? { address: OLD, ttl: TTL.before };
      if (phase === "dns-ttl") record.ttl = back ? TTL.before : TTL.during;
      if (phase === "dns") record.address = back ? OLD : NEW;
      if (phase === "firewall") alias = back ? OLD : NEW;
      if (phase === "cleanup") {
        record.ttl = back ? TTL.during : TTL.before;
        edit((state) => {
          const type = back ? "LoadBalancer" : "ClusterIP";
          state.kubernetes["v1/Service/traefik/traefik"] = chartService(type);
        });
        declare(stackFile, back ? OLD : NEW);
      }
    },
    journal: () => (existsSync(journalFile) ? readJournal(journalFile, "move") : undefined),
    world,
    edit,
    dns,
    plane,
    client,
    stop: async () => {
      await client.stop();
      await Promise.all([plane.stop(), dns.stop()]);
    },
  };
}

/** Waits for something that happens by itself. */
export async function until(condition: () => boolean, ms = 20_000): Promise<void> {
  for (const end = Date.now() + ms; !condition(); ) {
    if (Date.now() > end) throw new Error(`waited ${ms} ms for nothing`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** The Service of Traefik's chart, which has the old address. */
export function chartService(type: "LoadBalancer" | "ClusterIP", address = OLD) {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: {
      name: "traefik",
      namespace: "traefik",
      annotations: { "metallb.io/loadBalancerIPs": address },
    },
    spec: { type, externalTrafficPolicy: "Cluster" },
  };
}

function declare(stackFile: string, address: string): void {
  const content = parse(readFileSync(stackFile, "utf8"));
  put(content, ["config", "homelab:dns", HOST, "to"], { address });
  writeFileSync(stackFile, stringify(content));
}

/** Makes a CA and the certificate of the house. */
export function issue(dir: string): Certificates {
  const file = (name: string) => join(dir, name);
  const openssl = (...args: string[]) => {
    const { status, stderr } = spawnSync("openssl", args, { encoding: "utf8" });
    if (status !== 0) throw new Error(stderr);
  };
  const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  openssl(
    "req",
    "-x509",
    ...curve,
    "-keyout",
    file("ca.key"),
    "-out",
    file("ca.pem"),
    "-days",
    "2",
    "-subj",
    "/CN=house",
  );
  openssl(
    "req",
    "-x509",
    ...curve,
    "-keyout",
    file("host.key"),
    "-out",
    file("host.pem"),
    "-days",
    "2",
    "-subj",
    `/CN=${HOST}`,
    "-addext",
    `subjectAltName=DNS:${HOST}`,
    "-CA",
    file("ca.pem"),
    "-CAkey",
    file("ca.key"),
  );
  return { key: file("host.key"), cert: file("host.pem"), ca: file("ca.pem") };
}

const hand = (what: string) => ({ step: `set ${what} to ${NEW}`, undo: `set ${what} to ${OLD}` });

/** The owner's cluster on loopback addresses, without the guests, and with the move. */
export function stackText(server: string, port: number, caFile: string): string {
  const { cluster, apiLoadBalancers } = stackData("homelab");
  const pool = { kind: "metallb", range: "127.0.20.200-127.0.20.220" };
  put(cluster, ["segments", "services"], { cidr: "127.0.20.0/24", pools: { metallb: pool } });
  const sections = {
    cluster,
    guests: {},
    apiLoadBalancers,
    kubernetesIngress: {
      "traefik-lb": {
        namespace: "traefik",
        address: NEW,
        pool: "services.metallb",
        selector: { app: "traefik" },
        cluster: "k8s-api",
      },
    },
    tunnels: {
      public: {
        accountId: "0".repeat(32),
        zone: "example.org",
        ingress: [{ hostname: HOST, origin: { ingress: "traefik-lb" } }],
      },
    },
    dns: { [HOST]: { to: { address: OLD }, ttlSec: TTL.before } },
    cutovers: {
      move: {
        from: OLD,
        to: { kubernetesIngress: "traefik-lb" },
        fromService: { name: "traefik", namespace: "traefik" },
        consumers: {
          tunnel: { kind: "tunnel", tunnel: "public" },
          name: { kind: "dns", record: HOST, servers: [server], ...hand("the record") },
          forward: { kind: "firewallAlias", at: "the router", ...hand("the alias") },
        },
        credentials: { "dns-password": { at: "this-machine" } },
        stateBackend: "file://~",
        windowTtlSec: TTL.during,
        // The data plane speaks TCP only; HTTP/3 has a test of its own.
        verify: {
          hosts: [HOST],
          port,
          caFile,
          http3: false,
          clientAddress: { host: HOST, path: "/whoami" },
        },
      },
    },
  };
  return stringify({
    config: Object.fromEntries(
      Object.entries(sections).map(([key, value]) => [`homelab:${key}`, value]),
    ),
  });
}
