import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { request } from "node:https";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { until } from "../machine/shell";
import type { ControlPlane } from "./binaries";
import { makeCertificates } from "./certificates";

/** What an API server answered. */
export interface ApiAnswer {
  status: number;
  body: string;
}

/** A control plane on this machine's loopback address. */
export interface ApiServer {
  /** Asks as an administrator; the server's certificate is verified. */
  ask(method: string, path: string, body?: unknown): Promise<ApiAnswer>;
  /** An administrator's kubeconfig. */
  kubeconfig: string;
  port: number;
  /** Folder of its certificates: `ca.crt`, `admin.crt`, `admin.key`. */
  pki: string;
  /** Sends a signal to one of the two programs. @param program default: kube-apiserver */
  signal(signal: NodeJS.Signals, program?: "etcd" | "kube-apiserver"): void;
  stop(): Promise<void>;
}

const LOOPBACK = "127.0.0.1";

/**
 * Starts etcd and kube-apiserver on loopback and waits until the server says that it is ready.
 *
 * @param flags flags of kube-apiserver beside its own. @default none
 */
export async function startApiServer(
  { apiServer, etcd }: ControlPlane,
  flags: readonly string[] = [],
): Promise<ApiServer> {
  const folder = mkdtempSync(join(tmpdir(), "homelab-kube-"));
  const pki = join(folder, "pki");
  mkdirSync(pki);
  makeCertificates(pki, [LOOPBACK]);
  const [port, clientPort, peerPort] = await freePorts();
  const stored = `http://${LOOPBACK}:${clientPort}`;
  const peer = `http://${LOOPBACK}:${peerPort}`;
  const programs = [
    start(folder, etcd, [
      `--data-dir=${join(folder, "etcd")}`,
      `--listen-client-urls=${stored}`,
      `--advertise-client-urls=${stored}`,
      `--listen-peer-urls=${peer}`,
      `--initial-advertise-peer-urls=${peer}`,
      `--initial-cluster=default=${peer}`,
      // Nothing here has to outlive a power cut.
      "--unsafe-no-fsync",
    ]),
    start(folder, apiServer, [
      `--etcd-servers=${stored}`,
      `--bind-address=${LOOPBACK}`,
      `--advertise-address=${LOOPBACK}`,
      `--secure-port=${port}`,
      `--tls-cert-file=${pki}/server.crt`,
      `--tls-private-key-file=${pki}/server.key`,
      `--client-ca-file=${pki}/ca.crt`,
      "--authorization-mode=RBAC",
      "--service-cluster-ip-range=10.96.0.0/16",
      "--service-account-issuer=https://kubernetes.default.svc",
      `--service-account-key-file=${pki}/server.crt`,
      `--service-account-signing-key-file=${pki}/server.key`,
      // The server would register its own address as an endpoint, which may not be loopback.
      "--endpoint-reconciler-type=none",
      ...flags,
    ]),
  ];
  const tls = {
    ca: readFileSync(join(pki, "ca.crt")),
    cert: readFileSync(join(pki, "admin.crt")),
    key: readFileSync(join(pki, "admin.key")),
  };
  const ask = (method: string, path: string, body?: unknown) =>
    new Promise<ApiAnswer>((resolve, reject) => {
      const headers = { "content-type": "application/json" };
      const options = { host: LOOPBACK, port, path, method, headers, timeout: 10_000, ...tls };
      const asked = request(options, (answer) => {
        let text = "";
        answer.setEncoding("utf8").on("data", (part: string) => {
          text += part;
        });
        answer.on("end", () => resolve({ status: answer.statusCode ?? 0, body: text }));
        answer.on("error", reject);
      });
      asked.on("timeout", () => asked.destroy(new Error(`${path}: no answer within 10 s`)));
      asked.on("error", reject);
      asked.end(body === undefined ? undefined : JSON.stringify(body));
    });
  const stop = async () => {
    await Promise.all(programs.map(end));
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await until("the API server is ready", 180, async () => {
      const dead = programs.find(({ exitCode }) => exitCode !== null);
      if (dead) throw new Error(`${dead.spawnfile} ended: ${lastOutput(folder, dead)}`);
      return (await ask("GET", "/readyz").catch(() => undefined))?.status === 200;
    });
  } catch (error) {
    await stop();
    throw error;
  }
  const signal: ApiServer["signal"] = (name, program = "kube-apiserver") =>
    programs[program === "etcd" ? 0 : 1]?.kill(name);
  const kubeconfig = kubeconfigOf(`https://${LOOPBACK}:${port}`, tls);
  return { ask, kubeconfig, port, pki, signal, stop };
}

function kubeconfigOf(server: string, tls: { ca: Buffer; cert: Buffer; key: Buffer }): string {
  const data = (file: Buffer) => file.toString("base64");
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": "admin",
    clusters: [{ name: "k", cluster: { server, "certificate-authority-data": data(tls.ca) } }],
    users: [
      {
        name: "admin",
        user: {
          "client-certificate-data": data(tls.cert),
          "client-key-data": data(tls.key),
        },
      },
    ],
    contexts: [{ name: "admin", context: { cluster: "k", user: "admin" } }],
  });
}

const logOf = (folder: string, program: string) =>
  join(folder, `${program.split("/").at(-1) ?? "program"}.log`);

function start(folder: string, program: string, args: readonly string[]): ChildProcess {
  const log = createWriteStream(logOf(folder, program));
  const child = spawn(program, args, { stdio: ["ignore", "ignore", "pipe"] });
  child.stderr?.pipe(log);
  return child;
}

function lastOutput(folder: string, { spawnfile }: ChildProcess): string {
  return readFileSync(logOf(folder, spawnfile), "utf8").split("\n").slice(-5).join("\n");
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGKILL");
  await ended;
}

/** Three ports that were free a moment ago. */
async function freePorts(): Promise<[number, number, number]> {
  const servers = [0, 1, 2].map(() => createServer().listen(0, LOOPBACK));
  await Promise.all(servers.map((server) => once(server, "listening")));
  const ports = servers.map((server) => {
    const address = server.address();
    return typeof address === "object" && address ? address.port : 0;
  });
  await Promise.all(servers.map((server) => once(server.close(), "close")));
  const [one = 0, two = 0, three = 0] = ports;
  return [one, two, three];
}
