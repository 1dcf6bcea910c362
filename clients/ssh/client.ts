import { Client, type ConnectConfig } from "ssh2";
import { errorText } from "../../model/text";
import { type Budget, budgets, OverrunError } from "../deadline";
import { interruption, pause, watched } from "../watch";
import { connectConfig, hopOf, type SshConnection } from "./connection";
import { dialText, exitText } from "./go-words";
import { fingerprint } from "./host-key";
import { openWay } from "./jump";

/** What a command said and how it ended. */
export interface SshResult {
  stdout: string;
  stderr: string;
  /** Both, in the order in which they arrived. */
  output: string;
  /** Why it counts as failed, in the words of Go's SSH library; undefined when it exited with 0. */
  failure?: string;
}

/**
 * Connects, and tries again with growing pauses as the real provider does (pulumi-command,
 * remote/connection.go `dialWithRetry`; pauses: pulumi sdk, retry/until.go). The caller ends the
 * client.
 *
 * @param withinMs milliseconds for all attempts together. @default as long as the connection says
 * @param signal gives it up. @default the interruption of the run
 */
export async function dial(
  connection: SshConnection,
  withinMs = Infinity,
  signal: AbortSignal = interruption(),
): Promise<Client> {
  const limit = connection.dialErrorLimit ?? 10;
  const end = Date.now() + withinMs;
  // Go's provider reads the key before it dials: a key that is none is not tried again.
  connectConfig(connection, withinMs);
  let pauseMs = 100;
  for (let failures = 0; ; failures++) {
    try {
      return await connectThrough(connection, end, signal);
    } catch (error) {
      if (signal.aborted) throw new OverrunError("stopped", budgets.question);
      const late = Date.now() + pauseMs >= end;
      if (late || (limit > -1 && failures >= limit)) {
        throw new Error(`after ${failures} failed attempts: ${errorText(error)}`);
      }
    }
    await pause(pauseMs, signal);
    pauseMs = Math.min(pauseMs * 1.5, 5000);
  }
}

/** What a command gets, and how long it may take. */
export interface RunOnOptions {
  stdin?: string;
  env?: Readonly<Record<string, string>>;
  /** @default that of a script which waits for the health of its host */
  budget?: Budget;
  /** Gives it up. @default the interruption of the run */
  signal?: AbortSignal;
}

/**
 * Runs a command on an open connection, to its end.
 *
 * @throws OverrunError when the host is silent, slow or says too much; the connection is closed then
 */
export function runOn(
  client: Client,
  command: string,
  { stdin = "", env = {}, budget = budgets.script, signal = interruption() }: RunOnOptions = {},
): Promise<SshResult> {
  return watched(
    budget,
    (watch) =>
      new Promise((resolve, reject) => {
        client.exec(command, { env: { ...env } }, (refused, channel) => {
          if (refused) return reject(refused);
          watch.connected();
          const stdout: Buffer[] = [];
          const stderr: Buffer[] = [];
          const both: Buffer[] = [];
          let failure: string | undefined =
            "wait: remote command exited without exit status or exit signal";
          const keep = (chunks: Buffer[]) => (chunk: Buffer) => {
            watch.heard(chunk.length);
            chunks.push(chunk);
            both.push(chunk);
          };
          channel.on("data", keep(stdout));
          channel.stderr.on("data", keep(stderr));
          channel.on("exit", (code: number | null, signal?: string) => {
            failure = exitText(code, signal);
          });
          // A command may end before it has read everything; its exit status tells whether that is bad.
          channel.on("error", () => {});
          channel.on("close", () =>
            resolve({ stdout: text(stdout), stderr: text(stderr), output: text(both), failure }),
          );
          channel.end(stdin);
        });
      }),
    () => client.destroy(),
    signal,
  );
}

const text = (chunks: readonly Buffer[]) => Buffer.concat(chunks).toString("utf8");

/** One attempt, through the jump host where there is one; that connection ends with the other. */
async function connectThrough(
  connection: SshConnection,
  end: number,
  signal: AbortSignal,
): Promise<Client> {
  const config = () => connectConfig(connection, end - Date.now());
  const { proxy, host, port = 22 } = connection;
  if (proxy === undefined) return connectOnce(connection, config(), signal);
  const through = `${proxy.host}:${proxy.port ?? 22}`;
  const hopped = hopOf({ ...connection, proxy });
  const hop = await connectOnce(hopped, connectConfig(hopped, end - Date.now()), signal).catch(
    (error: unknown) => {
      throw new Error(`jump host ${through}: ${errorText(error)}`);
    },
  );
  const ms = config().readyTimeout;
  const sock = await openWay(
    hop,
    { through, host, port },
    ms === 0 || ms === undefined ? Infinity : ms,
    signal,
  );
  try {
    const client = await connectOnce(connection, { ...config(), sock }, signal);
    client.once("close", () => hop.end());
    return client;
  } catch (error) {
    hop.destroy();
    throw error;
  }
}

function connectOnce(
  connection: SshConnection,
  config: ConnectConfig,
  signal: AbortSignal,
): Promise<Client> {
  const where = `${connection.host}:${connection.port ?? 22}`;
  const { hostKey, password = "" } = connection;
  return new Promise((resolve, reject) => {
    const client = new Client();
    const stop = () => {
      client.destroy();
      reject(new OverrunError("stopped", budgets.question));
    };
    signal.addEventListener("abort", stop, { once: true });
    const settled = () => signal.removeEventListener("abort", stop);
    let mismatch: string | undefined;
    const hostVerifier = (shown: Buffer) => {
      const expected = Buffer.from(hostKey?.split(" ")[1] ?? "", "base64");
      if (hostKey === undefined || shown.equals(expected)) return true;
      mismatch = `ssh: handshake failed: ssh: host key mismatch: ${where} shows ${fingerprint(shown)}, pinned is ${fingerprint(expected)}`;
      return false;
    };
    client.on("keyboard-interactive", (_name, _instructions, _language, prompts, answer) =>
      answer(prompts.map(() => password)),
    );
    client.once("ready", () => {
      settled();
      // From here on a broken connection ends its commands, which then have no exit status.
      client.on("error", () => {});
      resolve(client);
    });
    client.once("error", (error: Error & { code?: string; level?: string }) => {
      settled();
      client.on("error", () => {});
      client.destroy();
      reject(new Error(mismatch ?? dialText(where, error)));
    });
    // A server that hangs up after its greeting is no error for the library, which waits for nothing then.
    client.once("close", () => {
      settled();
      reject(new Error(mismatch ?? `ssh: handshake failed: ${where}: it hung up`));
    });
    client.connect({ ...config, hostVerifier });
  });
}
