import { createHash } from "node:crypto";
import type { Context, Output, Problem, ResourceModel } from "../model";
import { known, type Props, record, stable, text } from "../props";

const sha256 = (value: string) => createHash("sha256").update(value).digest("hex");

/** Ids are `<name><8 hexadecimal digits>` (pulumi-command, remote/commandController.go `Create`). */
function commandId(context: Context): string {
  return `${context.name}${context.world.nextSerial().toString(16).padStart(8, "0")}`;
}

function hostOf(inputs: Props): string {
  return text(record(inputs, "connection"), "host") || "localhost";
}

/**
 * Dials as the provider does: `dialErrorLimit` failures more than one try end it, and the message
 * counts them (pulumi-command, remote/connection.go `dialWithRetry`).
 */
function dial(inputs: Props, context: Context): void {
  const host = hostOf(inputs);
  if (!context.faults.hostDown(host)) return;
  const connection = record(inputs, "connection");
  const limit = Number(connection.dialErrorLimit ?? 10);
  const port = Number(connection.port ?? 22);
  throw new Error(
    `after ${limit} failed attempts: dial tcp ${host}:${port}: connect: no route to host`,
  );
}

/**
 * Runs a script where hosts are, and keeps a note of it. Without hosts it prints what it printed
 * `before`.
 */
async function run(
  command: string,
  inputs: Props,
  context: Context,
  before: Output,
): Promise<Output> {
  if (command === "") return before;
  dial(inputs, context);
  const remote = inputs.connection !== undefined;
  const output = remote ? await context.hosts?.run(command, inputs, before) : undefined;
  const stdin = text(inputs, "stdin");
  context.world.change((state) => {
    const host = hostOf(inputs);
    state.hosts[host] ??= { runs: [], files: {} };
    state.hosts[host].runs.push({
      resource: context.name,
      command: sha256(command),
      ...(stdin === "" ? {} : { stdin: sha256(stdin) }),
      hostKeyPinned: text(record(inputs, "connection"), "hostKey") !== "",
    });
  });
  return output ?? before;
}

const printed = (state: Props): Output => ({
  stdout: text(state, "stdout"),
  stderr: text(state, "stderr"),
});

/** Defaults of a connection (pulumi-command, remote/connection.go `Annotate`). */
function connectionDefaults(inputs: Props): Props {
  const connection = inputs.connection;
  if (!known(connection) || connection === undefined) return inputs;
  const defaults = { user: "root", port: 22, dialErrorLimit: 10, perDialTimeout: 15 };
  return { ...inputs, connection: { ...defaults, ...record(inputs, "connection") } };
}

function connectionProblems(inputs: Props): Problem[] {
  const connection = inputs.connection;
  if (connection === undefined)
    return [{ property: "connection", reason: "missing required field" }];
  if (known(connection) && record(inputs, "connection").host === undefined) {
    return [{ property: "connection.host", reason: "missing required field" }];
  }
  return [];
}

/**
 * A command. Any changed input runs `update`, or `create` where there is no `update`; `connection`
 * too. Changed `triggers` replace, whether `update` is given or not: the field carries
 * `replaceOnChanges` (pulumi-command, common/inputs.go), which its text contradicts.
 */
const command: ResourceModel = {
  inputs: [],
  replaceOn: ["triggers"],
  compareWith: "inputs",
  async create(inputs, context) {
    const output = await run(text(inputs, "create"), inputs, context, printed({}));
    return { id: commandId(context), outputs: { ...inputs, ...output } };
  },
  // The provider has no read of its own, so what is stored is what is read (pulumi-go-provider, infer/resource.go `Read`).
  read: (id, state) => ({ id, outputs: state }),
  async update(_id, inputs, before, context) {
    const script = text(inputs, "update") || text(inputs, "create");
    return { ...inputs, ...(await run(script, inputs, context, printed(before))) };
  },
  async delete(_id, state, context) {
    await run(text(state, "delete"), state, context, printed(state));
  },
};

/** A copied file; written only when source or path changed, never removed (pulumi-command, remote/copyController.go). */
const copyToRemote: ResourceModel = {
  inputs: [],
  replaceOn: ["triggers"],
  compareWith: "inputs",
  defaults: connectionDefaults,
  problems: connectionProblems,
  async create(inputs, context) {
    await copy(inputs, context);
    return {
      id: context.world.nextSerial().toString(16).padStart(8, "0"),
      outputs: inputs,
    };
  },
  read: (id, state) => ({ id, outputs: state }),
  async update(_id, inputs, before, context) {
    if (stable([inputs.source, inputs.remotePath]) !== stable([before.source, before.remotePath])) {
      await copy(inputs, context);
    }
    return inputs;
  },
  delete() {},
};

async function copy(inputs: Props, context: Context): Promise<void> {
  dial(inputs, context);
  await context.hosts?.copy(inputs);
  context.world.change((state) => {
    const host = hostOf(inputs);
    state.hosts[host] ??= { runs: [], files: {} };
    state.hosts[host].files[text(inputs, "remotePath")] = sha256(stable(inputs.source));
  });
}

/** Resource types of @pulumi/command. */
export const commandModels: Record<string, ResourceModel> = {
  "command:remote:Command": {
    ...command,
    defaults: connectionDefaults,
    problems: connectionProblems,
  },
  "command:remote:CopyToRemote": copyToRemote,
  "command:local:Command": command,
};
