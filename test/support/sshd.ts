import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { onTestFinished, vi } from "vitest";
import { runTool, toolEnv } from "./tools";

const sshd = "/usr/sbin/sshd";

/** A real OpenSSH server on this machine, on a loopback port and with keys of its own. */
export interface Sshd {
  /** Fields of `connection`, as a program writes them; the key of the client among them. */
  connection: {
    host: string;
    port: number;
    user: string;
    hostKey: string;
    privateKey: string;
    dialErrorLimit: number;
    perDialTimeout: number;
  };
  /** File with the private key that is let in. */
  identity: string;
  /** Folder for the test's files on the "host"; gone after the test. */
  dir: string;
  /** Connections that were accepted since the start. */
  connections(): number;
  /** Gives the host another key of the same kind, as a new machine at the old address has. */
  changeHostKey(): Promise<void>;
  /** The key that the host shows now. */
  currentHostKey(): string;
  stop(): Promise<void>;
  /** Starts it again after a stop, at the same port and with the same key. */
  start(): Promise<void>;
}

/** What a server is started with. */
export interface SshdOptions {
  /** Loopback address. @default 127.0.0.1 */
  host?: string;
  /** @default a free one */
  port?: number;
  /** Variables that every session gets, from the folder for the test's files. @default none */
  env?: (dir: string) => Readonly<Record<string, string>>;
  /** Private key to let in, e.g. that of another server. @default one of its own */
  identity?: string;
  /** Command that every session runs in place of its own, e.g. one that hangs. @default none */
  forced?: string;
}

/** Starts a server that ends with the test. */
export async function startSshd(options: SshdOptions = {}): Promise<Sshd> {
  needSshd();
  const dir = mkdtempSync(join(tmpdir(), "sshd-"));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true, maxRetries: 5 }));
  const { host = "127.0.0.1" } = options;
  const port = options.port ?? (await freePort(host));
  const config = join(dir, "sshd_config");
  const files = join(dir, "files");
  mkdirSync(files);
  // Never the folder of this machine itself.
  // bash under sshd reads the start-up files of the home, which may start anything with this environment.
  const env = { HOME: files, HOMELAB_HA_HISTORY: join(files, "history"), ...options.env?.(files) };
  const identity = options.identity ?? join(dir, "client_key");
  if (options.identity === undefined) keyPair(identity);
  keyPair(join(dir, "host_key"));
  writeFileSync(config, sshdConfig({ dir, host, port, identity, env, forced: options.forced }));
  let child = await serve(config, join(dir, "log"));
  const stop = () => end(child);
  onTestFinished(stop);
  return {
    connection: {
      host,
      port,
      user: userInfo().username,
      hostKey: publicKey(join(dir, "host_key")),
      privateKey: readFileSync(identity, "utf8"),
      dialErrorLimit: 1,
      perDialTimeout: 10,
    },
    identity,
    dir: files,
    connections: () => readFileSync(join(dir, "log"), "utf8").split("Connection from ").length - 1,
    async changeHostKey() {
      await stop();
      keyPair(join(dir, "host_key"));
      child = await serve(config, join(dir, "log"));
    },
    currentHostKey: () => publicKey(join(dir, "host_key")),
    stop,
    async start() {
      child = await serve(config, join(dir, "log"));
    },
  };
}

/** Refuses to go on without a server: a test that connects to nothing would show nothing. */
function needSshd(): void {
  if (existsSync(sshd)) return;
  throw new Error(
    "openssh-server is not installed, so nothing can run over SSH; run: sudo sh test/support/tools.sh",
  );
}

/** A port that nobody listens on. */
export function freePort(host = "127.0.0.1"): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, host, () => {
      const address = server.address();
      const port = typeof address === "object" && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}

function keyPair(path: string): void {
  rmSync(path, { force: true });
  const { status, output } = runTool("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", path]);
  if (status !== 0) throw new Error(`ssh-keygen: ${output}`);
}

const publicKey = (path: string) =>
  readFileSync(`${path}.pub`, "utf8").split(" ").slice(0, 2).join(" ").trim();

interface Served {
  dir: string;
  host: string;
  port: number;
  identity: string;
  env: Readonly<Record<string, string>>;
  forced: string | undefined;
}

function sshdConfig({ dir, host, port, identity, env, forced }: Served): string {
  const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  return [
    `ListenAddress ${host}:${port}`,
    `HostKey ${dir}/host_key`,
    `AuthorizedKeysFile ${identity}.pub`,
    "PidFile none",
    // The folder lies below one that everybody may write.
    "StrictModes no",
    // Only root may ask PAM, without which an account that has no password counts as locked.
    `UsePAM ${process.getuid?.() === 0 ? "yes" : "no"}`,
    "PasswordAuthentication no",
    "KbdInteractiveAuthentication no",
    "PermitRootLogin yes",
    "AcceptEnv GREETING PULUMI_COMMAND_*",
    ...(variables.length > 0 ? [`SetEnv ${variables.join(" ")}`] : []),
    ...(forced === undefined ? [] : [`ForceCommand ${forced}`]),
    "Subsystem sftp internal-sftp",
    "MaxStartups 100",
    "LogLevel VERBOSE",
    "",
  ].join("\n");
}

async function serve(config: string, log: string): Promise<ChildProcess> {
  // Where the unprivileged part of the server is shut in; systemd makes it otherwise.
  if (process.getuid?.() === 0) mkdirSync("/run/sshd", { recursive: true, mode: 0o755 });
  const tested = spawnSync(sshd, ["-t", "-f", config], { encoding: "utf8" });
  if (tested.status !== 0) throw new Error(`sshd refuses its configuration: ${tested.stderr}`);
  const before = existsSync(log) ? readFileSync(log, "utf8").length : 0;
  const child = spawn(sshd, ["-D", "-f", config, "-E", log], { stdio: "ignore", env: toolEnv });
  await vi.waitFor(
    () => {
      const output = existsSync(log) ? readFileSync(log, "utf8").slice(before) : "";
      if (!output.includes("Server listening")) throw new Error(`sshd does not listen: ${output}`);
    },
    { timeout: 20_000, interval: 50 },
  );
  return child;
}

/** By its number: the machine may have a server of its own. */
async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGKILL");
  await gone;
}
