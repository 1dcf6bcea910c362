import { createHash } from "node:crypto";
import { Command, type CommandArgs } from "@pulumi/command/remote/command";
import * as pulumi from "@pulumi/pulumi";
import { hostFileScript } from "../../templates/host/host-file";
import type { JumpHost } from "./args";
import { type Transform, transformed } from "./transform";

/** How hosts are reached. */
export interface Ssh {
  user: string;
  port: number;
  /** Private key. @default the keys of the SSH agent */
  privateKey?: pulumi.Input<string> | undefined;
  /** Host through which they are reached, which the same key is let in to. @default directly */
  proxy?: JumpHost | undefined;
}

/** An SSH connection whose host is known. */
export interface Connection {
  /** Jump host, with the key for it. @default none */
  proxy?: (JumpHost & { privateKey?: pulumi.Input<string> | undefined }) | undefined;
  host: string;
  user: string;
  /** @default 22 */
  port?: number | undefined;
  hostKey: string;
  privateKey?: pulumi.Input<string> | undefined;
}

/** A host that this stack configures. */
export interface Host {
  name: string;
  address: string;
  /** Pinned public host key; nobody can stand in for the host. */
  hostKey: string;
}

/** The SSH connection to a host. Named field by field: the provider prints the key if it meets an unknown one. */
export function connectionTo(host: Host, ssh: Ssh): Connection {
  const { proxy } = ssh;
  const key = ssh.privateKey === undefined ? {} : { privateKey: pulumi.secret(ssh.privateKey) };
  return {
    host: host.address,
    port: ssh.port,
    user: ssh.user,
    hostKey: host.hostKey,
    ...key,
    ...(proxy && {
      proxy: {
        host: proxy.host,
        port: proxy.port ?? 22,
        user: proxy.user ?? "root",
        hostKey: proxy.hostKey,
        ...key,
      },
    }),
  };
}

/** A shell script on a host. */
export interface HostCommandArgs {
  connection: Connection;
  /** POSIX shell that can run again at any time; no secrets. */
  script: pulumi.Input<string>;
  stdin?: pulumi.Input<string>;
  /** Texts by name; when one changes the script runs again. @default none */
  runAgainOn?: Readonly<Record<string, pulumi.Input<string>>>;
}

/**
 * One script on one host, the same for the first time and for every change: `update` is set, so
 * that nothing is ever replaced, and there is no `delete` that could run against a host that is
 * gone or undo what another resource did.
 */
export function hostCommand(
  name: string,
  args: HostCommandArgs,
  opts: pulumi.CustomResourceOptions,
  transform?: Transform<CommandArgs>,
): Command {
  const child = transformed(transform, { name, args: commandArgs(args), opts });
  return new Command(child.name, child.args, child.opts);
}

function commandArgs(args: HostCommandArgs): CommandArgs {
  const triggers = Object.entries(args.runAgainOn ?? {}).map(([file, given]) =>
    derived(given, (text) => `${file}: ${text}`),
  );
  return {
    connection: args.connection,
    create: args.script,
    update: args.script,
    // sshd refuses variables that it does not know, and so the whole command.
    addPreviousOutputInEnv: false,
    ...(args.stdin === undefined ? {} : { stdin: args.stdin }),
    ...(triggers.length === 0 ? {} : { triggers }),
  };
}

/** A file on a host. */
export interface HostFileArgs {
  /** Name of the host, for messages. */
  host: string;
  connection: Connection;
  /** Absolute path. */
  path: string;
  /** The whole text; wrap it in `pulumi.secret` when it holds one. */
  content: pulumi.Input<string>;
  /** Access mode as four octal digits. @default 0644 */
  mode?: string;
  /** Owner and group. @default root:root */
  owner?: string;
  /** Shell command that fails when the daemon would refuse the new file, whose path is in `$NEW`. @default no test */
  test?: string;
  /** Shell command that makes the daemon read the new file; not run when nothing changed. @default none */
  reload?: string;
}

/** A file on a host, with the checksum of its text. */
export interface HostFile {
  command: Command;
  /** Changes exactly when the text does; secret when the text is. */
  sha256: pulumi.Input<string>;
}

/**
 * Puts a file on a host: written beside the live one, tested by the daemon itself, swapped in one
 * step, then reloaded. When the test fails the old file stays and the resource fails with the
 * daemon's words.
 */
export function hostFile(
  name: string,
  args: HostFileArgs,
  opts: pulumi.CustomResourceOptions,
  transform?: Transform<CommandArgs>,
): HostFile {
  const { host, path, mode = "0644", owner = "root:root", test, reload } = args;
  const script = (text: string) =>
    hostFileScript({ host, path, mode, owner, test, reload, sha256: sha256(text) });
  const given = commandArgs({
    connection: args.connection,
    script: derived(args.content, script),
    stdin: args.content,
  });
  const child = transformed(transform, { name, args: given, opts });
  const changed = child.args;
  const content = changed.stdin ?? "";
  // The script knows the text by its checksum: one that was changed is a text of its own.
  const own = content === given.stdin ? given.create : derived(content, script);
  const command = new Command(
    child.name,
    {
      ...changed,
      ...(changed.create === given.create && { create: own }),
      ...(changed.update === given.update && { update: own }),
    },
    child.opts,
  );
  return { command, sha256: derived(content, sha256) };
}

function derived(
  text: pulumi.Input<string>,
  derive: (text: string) => string,
): pulumi.Input<string> {
  return typeof text === "string" ? derive(text) : pulumi.output(text).apply(derive);
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
