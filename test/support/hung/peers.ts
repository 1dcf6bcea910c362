import { createSocket } from "node:dgram";
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer as createHttp } from "node:http";
import { createServer as createTls } from "node:https";
import { type AddressInfo, createServer, type Server } from "node:net";
import { join } from "node:path";
import { selfSigned } from "../../../sim/proxmox/api-server/certificate";
import { until } from "../cutover/house";

/** Somebody whom a command talks to, who lets it in and then says nothing more. */
export interface Peer {
  /** Variables with which a command finds it. */
  env: Record<string, string>;
  /** Ends when a command waits for it. */
  hung(): Promise<void>;
  /** Whether a process of it is still there; false for what is no process. */
  alive(): boolean;
  stop(): void;
}

const token = "audit@pve!homelab=01234567-89ab-cdef-0123-456789abcdef";

async function listening(server: Server): Promise<number> {
  server.listen(0, "0.0.0.0");
  await new Promise((resolve) => server.once("listening", resolve));
  return (server.address() as AddressInfo).port;
}

/** A server that counts as hanging once `seen` of it was called. */
async function served(make: (seen: () => void) => Server, env: (port: number) => Peer["env"]) {
  let asked = false;
  const server = make(() => {
    asked = true;
  });
  const port = await listening(server);
  return {
    env: env(port),
    port,
    hung: () => until(() => asked, 120_000),
    alive: () => false,
    stop: () => void server.close(),
  };
}

const proxmoxAt = (port: number) => ({
  PROXMOX_VE_ENDPOINT: `https://127.0.0.1:${port}`,
  PROXMOX_VE_API_TOKEN: token,
});

/** A port that is open, where nobody speaks: no TLS, no HTTP. */
export const silentPort = (env: (port: number) => Peer["env"] = proxmoxAt) =>
  served((seen) => createServer(seen), env);

/** A DNS server that takes questions and never answers. */
export async function silentDns(): Promise<Peer & { at: string }> {
  let asked = false;
  const socket = createSocket("udp4", () => {
    asked = true;
  });
  socket.bind(0, "127.0.0.1");
  await new Promise((resolve) => socket.once("listening", resolve));
  return {
    at: `127.0.0.1:${socket.address().port}`,
    env: {},
    hung: () => until(() => asked, 120_000),
    alive: () => false,
    stop: () => void socket.close(),
  };
}

/** A Proxmox API that greets, reads the call, and does not answer it. */
export function silentProxmox() {
  const { key, cert, fingerprint } = selfSigned(["127.0.0.1"]);
  return served(
    (seen) => createTls({ key, cert }, seen),
    (port) => ({ ...proxmoxAt(port), PROXMOX_VE_FINGERPRINT: fingerprint }),
  );
}

/**
 * A forge that does not answer, or falls silent in the middle of its answer.
 *
 * @param half what it says before
 */
export function silentForge(half = "") {
  return served(
    (seen) =>
      createHttp((_request, response) => {
        if (half !== "") response.write(half);
        seen();
      }),
    (port) => ({
      GITHUB_REPOSITORY: "me/home",
      GITHUB_API_URL: `http://127.0.0.1:${port}`,
      GITHUB_TOKEN: "t",
      PULL_REQUEST: "7",
      GITLAB_CI: "",
    }),
  );
}

/**
 * A Pulumi CLI that answers some calls and hangs in all others; an update ends on a signal only where the file `ends` is.
 *
 * @param answers JavaScript for the calls that are answered, by their first words
 */
export function silentEngine(dir: string, answers: Record<string, string> = {}): Peer {
  const bin = join(dir, "engine", "bin");
  const pids = join(dir, "hung");
  mkdirSync(bin, { recursive: true });
  const known = { version: 'console.log("v3.248.0")', ...answers };
  const cases = Object.entries(known).map(
    ([words, script]) => `if (asked.startsWith(${JSON.stringify(words)})) { ${script}; return; }`,
  );
  const program = join(bin, "pulumi");
  writeFileSync(
    program,
    `#!${process.execPath}
const fs = require("node:fs");
const asked = process.argv.slice(2).join(" ");
(() => {
${cases.join("\n")}
fs.appendFileSync(${JSON.stringify(pids)}, process.pid + "\\n");
if (asked.startsWith("up")) process.on("SIGINT", () => {
  console.log("^C received; cancelling.");
  if (fs.existsSync(${JSON.stringify(join(dir, "ends"))})) setTimeout(() => {
    console.error("error: update canceled");
    process.exit(1);
  }, 3000);
});
setInterval(() => {}, 1e6);
})();
`,
  );
  chmodSync(program, 0o755);
  const pidsSeen = () => (existsSync(pids) ? readFileSync(pids, "utf8").trim().split("\n") : []);
  return {
    env: {
      PATH: `${bin}:${process.env.PATH}`,
      PULUMI_BACKEND_URL: `file://${dir}`,
      PULUMI_CONFIG_PASSPHRASE: "",
    },
    hung: () => until(() => pidsSeen().length > 0, 120_000),
    alive: () => pidsSeen().some((pid) => existsSync(`/proc/${pid}`)),
    stop: () => {
      for (const pid of pidsSeen()) {
        if (existsSync(`/proc/${pid}`)) process.kill(Number(pid), "SIGKILL");
      }
    },
  };
}
