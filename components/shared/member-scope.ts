import type { Command, CommandArgs } from "@pulumi/command/remote/command";
import type * as pulumi from "@pulumi/pulumi";
import type { ResolvedMember } from "../../config/sections/vrrp";
import {
  type Connection,
  connectionTo,
  type Host,
  type HostFile,
  type HostFileArgs,
  hostCommand,
  hostFile,
  type Ssh,
} from "./host-files";
import type { Transform } from "./transform";

/** The last word over each kind of child that is a command on a host. */
export type CommandTransforms<Kind extends string> = {
  readonly [kind in Kind]?: Transform<CommandArgs> | undefined;
};

/** Where a member's children are registered, what they wait for, and who has the last word over them. */
export interface Scope<Kind extends string = never, Member extends Host = ResolvedMember> {
  /** Start of the children's names. */
  prefix: string;
  member: Member;
  connection: Connection;
  parent: pulumi.Resource;
  /** Health of the member before. */
  after: readonly pulumi.Resource[];
  transform: CommandTransforms<Kind>;
}

/** The component whose members are rolled out, and what all of its members share. */
export interface Rollout<Kind extends string> {
  /** Name of the component, and start of the children's names. */
  name: string;
  parent: pulumi.Resource;
  ssh: Ssh;
  transform: CommandTransforms<Kind> | undefined;
}

/** The scope of one member. */
export function scopeOf<Kind extends string, Member extends Host>(
  { name, parent, ssh, transform = {} }: Rollout<Kind>,
  member: Member,
  after: readonly pulumi.Resource[],
): Scope<Kind, Member> {
  const prefix = `${name}-${member.name}`;
  return { prefix, member, connection: connectionTo(member, ssh), parent, after, transform };
}

/**
 * Configures one member after the other, the preferred one last: each waits until the one before
 * is healthy, so that the virtual address always has somewhere to go.
 *
 * @param before what the first one waits for
 * @returns the health command of each member, in that order
 */
export function rollOut<Kind extends string>(
  rollout: Rollout<Kind>,
  members: readonly ResolvedMember[],
  configure: (scope: Scope<Kind>) => Command,
  before: readonly pulumi.Resource[] = [],
): Command[] {
  const order = [...members].sort((a, b) => a.priority - b.priority);
  const healthy: Command[] = [];
  for (const member of order) {
    const after = healthy.length === 0 ? before : healthy.slice(-1);
    healthy.push(configure(scopeOf(rollout, member, after)));
  }
  return healthy;
}

/** Kinds whose resources have another name, which stays, for it is in the state of every stack. */
const ROLES: Readonly<Record<string, string>> = {
  checkScript: "check",
  notifyScript: "notify",
  caCertificate: "ca",
  lsyncdForcedCommand: "lsyncd-door",
  kubeadmForcedCommand: "kubeadm-door",
};

/** `<component>-<member>-<kind>`, the kind in lower case with hyphens. */
function nameIn(scope: Scope<never, Host>, kind: string): string {
  const role = ROLES[kind] ?? kind.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  return `${scope.prefix}-${role}`;
}

const optionsIn = (scope: Scope<never, Host>, after: readonly pulumi.Resource[]) => ({
  parent: scope.parent,
  dependsOn: [...scope.after, ...after],
});

/** A file of a member. Its kind makes its name, and finds its transform. */
export function fileIn<Kind extends string>(
  scope: Scope<Kind, Host>,
  kind: Kind,
  args: Omit<HostFileArgs, "host" | "connection">,
  after: readonly pulumi.Resource[],
): HostFile {
  const file = { host: scope.member.name, connection: scope.connection, ...args };
  return hostFile(nameIn(scope, kind), file, optionsIn(scope, after), scope.transform[kind]);
}

/** A command on a member. Its kind makes its name, and finds its transform. */
export function commandIn<Kind extends string>(
  scope: Scope<Kind, Host>,
  kind: Kind,
  args: { script: string; stdin?: pulumi.Input<string>; runAgainOn?: Texts },
  after: readonly pulumi.Resource[],
): Command {
  const command = { connection: scope.connection, ...args };
  return hostCommand(nameIn(scope, kind), command, optionsIn(scope, after), scope.transform[kind]);
}

/** Texts by name; a command runs again when one changes. */
export type Texts = Readonly<Record<string, pulumi.Input<string>>>;
