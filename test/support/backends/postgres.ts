import { execFileSync, spawn } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished, vi } from "vitest";
import { freePort } from "../sshd";
import type { Backend } from "./backend";

/** Where Debian has the programs that it does not put on PATH. */
const DEBIAN = "/usr/lib/postgresql";

function findProgram(name: string): string | undefined {
  const folders = existsSync(DEBIAN)
    ? readdirSync(DEBIAN).map((one) => join(DEBIAN, one, "bin"))
    : [];
  const all = [...folders.reverse(), ...(process.env.PATH ?? "").split(":")];
  return all.map((folder) => join(folder, name)).find(existsSync);
}

/** Why there is no PostgreSQL; undefined where there is one. */
export const noPostgres = () =>
  findProgram("initdb") === undefined
    ? "found no initdb; install the package postgresql"
    : undefined;

function program(name: string): string {
  const found = findProgram(name);
  if (found === undefined) throw new Error(`found no ${name}; install the package postgresql`);
  return found;
}

/** PostgreSQL refuses to run as root; Debian's package makes a user for it. */
const asUser = process.getuid?.() === 0 ? ["runuser", "-u", "postgres", "--"] : [];

const command = (words: readonly string[]) => {
  const [first = "", ...rest] = [...asUser, ...words];
  return [first, rest] as const;
};

const PASSWORD = "only-of-this-test";

/** Starts a PostgreSQL of its own, which ends with the test. */
export async function startPostgres(): Promise<Backend> {
  const dir = mkdtempSync(join(tmpdir(), "homelab-postgres-"));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true, maxRetries: 5 }));
  const data = join(dir, "data");
  mkdirSync(data);
  for (const path of [dir, data]) chmodSync(path, 0o755);
  const secret = join(dir, "password");
  writeFileSync(secret, PASSWORD, { mode: 0o644 });
  if (asUser.length > 0) execFileSync("chown", ["-R", "postgres", dir]);
  const [initdb, args] = command([
    program("initdb"),
    ...["-D", data, "-U", "pulumi", "-A", "scram-sha-256", `--pwfile=${secret}`, "--no-sync"],
  ]);
  execFileSync(initdb, args, { stdio: "ignore", cwd: dir });
  const port = await freePort();
  const [postgres, options] = command([
    program("postgres"),
    ...["-D", data, "-p", `${port}`, "-k", dir],
    ...["-c", "listen_addresses=127.0.0.1", "-c", "fsync=off"],
  ]);
  const child = spawn(postgres, options, { stdio: ["ignore", "ignore", "pipe"], cwd: dir });
  let said = "";
  child.stderr.on("data", (chunk) => {
    said += String(chunk);
  });
  onTestFinished(async () => {
    // The server itself, not who started it for another user; immediate shutdown.
    const [pid] = readFileSync(join(data, "postmaster.pid"), "utf8").split("\n");
    const gone = new Promise((resolve) => child.once("exit", resolve));
    process.kill(Number(pid), "SIGQUIT");
    await gone;
  });
  await vi.waitFor(
    () => {
      if (!said.includes("ready to accept connections")) throw new Error(`no PostgreSQL: ${said}`);
    },
    { timeout: 60_000, interval: 50 },
  );
  // Not in the URL, which the engine prints when somebody else holds the stack.
  vi.stubEnv("PGPASSWORD", PASSWORD);
  onTestFinished(() => void vi.unstubAllEnvs());
  const url = `postgres://pulumi@127.0.0.1:${port}/postgres?sslmode=disable`;
  return { url, secret: PASSWORD };
}
