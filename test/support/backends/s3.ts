import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished, vi } from "vitest";
import { cacheFolder } from "../../../lab/machine/places";
import { freePort } from "../sshd";
import type { Backend } from "./backend";

/** An S3 server in one program, built from its Go module; the checksum database vouches for its sources. */
const SERVER = { module: "github.com/johannesboyne/gofakes3/cmd/gofakes3", version: "v1.2.0" };

const BUCKET = "states";
const SECRET = "only-of-this-test";

/** Why there is no S3 server; undefined where there is one, or one can be built. */
export function noS3(): string | undefined {
  if (existsSync(binary())) return undefined;
  const { status } = spawnSync("go", ["version"], { stdio: "ignore" });
  return status === 0 ? undefined : "found no Go on PATH, which builds the S3 server";
}

const binary = () => join(cacheFolder(), `gofakes3-${SERVER.version}`, "gofakes3");

/** Builds it once for all working copies; the next run finds it. */
function build(): void {
  if (existsSync(binary())) return;
  mkdirSync(cacheFolder(), { recursive: true });
  const half = mkdtempSync(join(cacheFolder(), "gofakes3.building-"));
  const { status, stderr } = spawnSync("go", ["install", `${SERVER.module}@${SERVER.version}`], {
    env: { ...process.env, GOBIN: half, GOFLAGS: "-p=1" },
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`the S3 server cannot be built: ${stderr.slice(-800)}`);
  const folder = join(cacheFolder(), `gofakes3-${SERVER.version}`);
  if (!existsSync(folder)) renameSync(half, folder);
}

/** Starts an S3 server with one bucket, which ends with the test. */
export async function startS3(): Promise<Backend> {
  build();
  const dir = mkdtempSync(join(tmpdir(), "homelab-s3-"));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true, maxRetries: 5 }));
  const port = await freePort();
  const child = spawn(
    binary(),
    ["-backend", "memory", "-initialbucket", BUCKET, "-host", `127.0.0.1:${port}`],
    { stdio: "ignore", cwd: dir },
  );
  onTestFinished(async () => {
    const gone = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGKILL");
    await gone;
  });
  await vi.waitFor(() => reachable(port), { timeout: 30_000, interval: 50 });
  // The engine takes them from the environment, as a person's would.
  vi.stubEnv("AWS_ACCESS_KEY_ID", "test");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", SECRET);
  vi.stubEnv("AWS_REGION", "us-east-1");
  onTestFinished(() => void vi.unstubAllEnvs());
  return {
    url: `s3://${BUCKET}?endpoint=http://127.0.0.1:${port}&s3ForcePathStyle=true&region=us-east-1`,
    secret: SECRET,
  };
}

function reachable(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      resolve();
    });
    socket.once("error", reject);
  });
}
