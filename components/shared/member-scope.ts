import type { Command, CommandArgs } from "@pulumi/command/remote/command";
import type { remote } from "@pulumi/command/types/input";
import type * as pulumi from "@pulumi/pulumi";
import type { ResolvedMember } from "../../config/sections/vrrp";
import {
  connectionTo,
  type HostFile,
  type HostFileArgs,
  hostCommand,
  hostFile,
  type SshArgs,
} from "./host-files";
import type { Transform } from "./transform";

/** Where a member's children are registered, and what they have to wait for. */
export interface Scope {
  /** Start of the children's names. */
  prefix: string;
  member: ResolvedMember;
  connection: remote.ConnectionArgs;
  parent: pulumi.Resource;
  /** Health of the member before. */
  after: readonly pulumi.Resource[];
}

/**
 * Configures one member after the other, the preferred one last: each waits until the one before
 * is healthy, so that the virtual address always has somewhere to go.
 *
 * @returns the health command of each member, in that order
 */
export function rollOut(
  name: string,
  members: readonly ResolvedMember[],
  ssh: SshArgs,
  parent: pulumi.Resource,
  configure: (scope: Scope) => Command,
): Command[] {
  const order = [...members].sort((a, b) => a.priority - b.priority);
  const healthy: Command[] = [];
  for (const member of order) {
    const prefix = `${name}-${member.name}`;
    const connection = connectionTo(member, ssh);
    healthy.push(configure({ prefix, member, connection, parent, after: healthy.slice(-1) }));
  }
  return healthy;
}

const optionsIn = (scope: Scope, after: readonly pulumi.Resource[]) => ({
  parent: scope.parent,
  dependsOn: [...scope.after, ...after],
});

/** A file of a member, registered as `<component>-<member>-<role>`. */
export function fileIn(
  scope: Scope,
  role: string,
  args: Omit<HostFileArgs, "host" | "connection">,
  after: readonly pulumi.Resource[],
  transform?: Transform<CommandArgs>,
): HostFile {
  const file = { host: scope.member.name, connection: scope.connection, ...args };
  return hostFile(`${scope.prefix}-${role}`, file, optionsIn(scope, after), transform);
}

/** A command on a member, registered as `<component>-<member>-<role>`. */
export function commandIn(
  scope: Scope,
  role: string,
  args: { script: string; stdin?: pulumi.Input<string>; runAgainOn?: Texts },
  after: readonly pulumi.Resource[],
  transform?: Transform<CommandArgs>,
): Command {
  const command = { connection: scope.connection, ...args };
  return hostCommand(`${scope.prefix}-${role}`, command, optionsIn(scope, after), transform);
}

/** Texts by name; a command runs again when one changes. */
export type Texts = Readonly<Record<string, pulumi.Input<string>>>;
