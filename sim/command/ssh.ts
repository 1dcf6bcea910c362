import { dial, runOn } from "../../clients/ssh/client";
import type { JumpHost, SshConnection } from "../../clients/ssh/connection";
import { type CopySource, copyOver } from "../../clients/ssh/copy";
import type { Hosts, Output } from "../model";
import { isRecord, type Props, record, text } from "../props";

/**
 * Hosts that are reached over SSH for real, with the semantics of pulumi-command 1.2
 * (remote/commandOutputs.go `run`, remote/copyController.go `copyToRemote`).
 */
export const sshHosts: Hosts = {
  async run(command, inputs, before) {
    const client = await dial(connectionOf(inputs));
    try {
      const environment = await acceptedEnvironment(client, record(inputs, "environment"));
      const { stdout, stderr, output, failure } = await runOn(client, command, {
        stdin: text(inputs, "stdin"),
        env: { ...environment, ...previousOutput(inputs, before) },
      });
      if (failure !== undefined) {
        throw new Error(`${failure}: running ${goQuoted(command)}:\n${output}`);
      }
      return { stdout: stdout.replace(/\n$/, ""), stderr: stderr.replace(/\n$/, "") };
    } finally {
      client.end();
    }
  },

  async copy(inputs) {
    const source = sourceOf(record(inputs, "source"));
    const client = await dial(connectionOf(inputs));
    try {
      await copyOver(client, source, text(inputs, "remotePath"));
    } finally {
      client.end();
    }
  },
};

function connectionOf(inputs: Props): SshConnection {
  const connection = record(inputs, "connection");
  return {
    ...hopIn(connection),
    dialErrorLimit: Number(connection.dialErrorLimit ?? 10),
    perDialTimeout: Number(connection.perDialTimeout ?? 15),
    ...(connection.proxy !== undefined && { proxy: hopIn(record(connection, "proxy")) }),
  };
}

/** One host on the way, with its own keys: the provider hands none of a connection on to its proxy. */
function hopIn(connection: Props): JumpHost {
  const optional = (key: string) =>
    connection[key] === undefined ? {} : { [key]: text(connection, key) };
  return {
    host: text(connection, "host"),
    port: Number(connection.port ?? 22),
    ...optional("user"),
    ...optional("hostKey"),
    ...optional("privateKey"),
    ...optional("privateKeyPassword"),
    ...optional("password"),
    ...optional("agentSocketPath"),
  };
}

/**
 * The variables, once it is known that the server takes them: it drops those that its `AcceptEnv`
 * does not name, and the real provider then refuses to run the command. The library does not hand
 * the server's answer on, so the variable is looked for.
 */
async function acceptedEnvironment(
  client: Parameters<typeof runOn>[0],
  environment: Props,
): Promise<Record<string, string>> {
  const accepted: Record<string, string> = {};
  for (const name of Object.keys(environment)) {
    const value = text(environment, name);
    const { stdout } = await runOn(client, `printenv ${shellQuoted(name)}`, {
      env: { [name]: value },
    });
    if (stdout !== `${value}\n`) {
      throw new Error(
        `could not set environment variable ${JSON.stringify(name)}: ssh: setenv failed`,
      );
    }
    accepted[name] = value;
  }
  return accepted;
}

/** Handed over if the server wants it; no error if not. */
function previousOutput(inputs: Props, before: Output): Record<string, string> {
  if (inputs.addPreviousOutputInEnv === false) return {};
  return {
    ...(before.stdout === "" ? {} : { PULUMI_COMMAND_STDOUT: before.stdout }),
    ...(before.stderr === "" ? {} : { PULUMI_COMMAND_STDERR: before.stderr }),
  };
}

/** A `StringAsset`, `FileAsset` or `FileArchive` as the engine sends it. */
function sourceOf(source: Props): CopySource {
  if (typeof source.text === "string") return { text: source.text };
  if (typeof source.path === "string") return { path: source.path };
  throw new Error(
    `source: found ${isRecord(source) ? Object.keys(source).join(", ") : "nothing"}, expected a text, a file or a folder`,
  );
}

const shellQuoted = (word: string) => `'${word.replaceAll("'", "'\\''")}'`;

/** As Go's `%q` prints a text. */
function goQuoted(value: string): string {
  const short: Record<string, string> = { "\\u0007": "\\a", "\\u000b": "\\v" };
  return JSON.stringify(value)
    .replace(/\\u00[01][0-9a-f]/g, (code) => short[code] ?? code.replace("\\u00", "\\x"))
    .replaceAll("\x7f", "\\x7f");
}
