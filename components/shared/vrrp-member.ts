import type { Command, CommandArgs } from "@pulumi/command/remote/command";
import type * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import type { WithDefaults } from "../../config/sections/profiles";
import { type ResolvedMember, resolvedMemberSchema, vrrpFields } from "../../config/sections/vrrp";
import type { Finding } from "../../model/finding";
import { judgeKeepalivedTiming } from "../../model/keepalived/limits";
import { judgeProfile, judgeVrrp, vrrpGroup } from "../../model/vrrp/vrrp";
import { healthScript } from "../../templates/host/health";
import { memberHealth, type Service } from "../../templates/host/member-health";
import type { HostFile } from "./host-files";
import { commandIn, type Scope, type Texts } from "./member-scope";
import { refuseErrors } from "./parse-args";
import type { Transform } from "./transform";

const tooFew = "expected at least 2 members; list the hosts that share the address";

/** The plain arguments of every component with a virtual address; the policies read them. */
export const vrrpFacts = {
  ...vrrpFields,
  members: z.array(resolvedMemberSchema).min(2, { error: tooFew }),
};
export type VrrpFacts = WithDefaults<z.output<z.ZodObject<typeof vrrpFacts>>>;

/** One key for each kind of child that every VRRP component has. */
export interface VrrpTransforms {
  packages?: Transform<CommandArgs>;
  checkScript?: Transform<CommandArgs>;
  notifyScript?: Transform<CommandArgs>;
  checkWatcher?: Transform<CommandArgs>;
  checkWatcherUnit?: Transform<CommandArgs>;
  logrotate?: Transform<CommandArgs>;
  keepalivedDropIn?: Transform<CommandArgs>;
  keepalivedConf?: Transform<CommandArgs>;
  health?: Transform<CommandArgs>;
}

/** Throws what the model refuses, all at once, and hands back its warnings. */
export function judgeMembers(what: string, name: string, facts: VrrpFacts): Finding[] {
  const group = vrrpGroup(name, facts);
  return refuseErrors(
    [
      ...duplicates(facts.members),
      ...judgeVrrp(group),
      ...judgeProfile(facts.profile, group),
      ...judgeKeepalivedTiming(facts, facts.members),
    ],
    what,
  );
}

/** Names become resource names and addresses become peers: neither may stand for two hosts. */
function duplicates(members: readonly ResolvedMember[]): Finding[] {
  return members.flatMap((member, index) =>
    (["name", "address"] as const)
      .filter((key) => members.findIndex((other) => other[key] === member[key]) < index)
      .map((key): Finding => {
        const message = `found "${member[key]}" a second time, expected a different ${key} for each member`;
        const path = ["members", index, key];
        return { rule: "vrrp-disagreement", path, message, fix: "correct it", severity: "error" };
      }),
  );
}

/** Starts the member's services and waits until it could own the address; runs again when a text changed. */
export function healthOf(
  scope: Scope,
  name: string,
  facts: VrrpFacts,
  service: Service,
  files: Readonly<Record<string, HostFile>>,
  installed: Texts,
  after: readonly pulumi.Resource[],
  transform?: Transform<CommandArgs>,
): Command {
  const script = healthScript(memberHealth(name, scope.member, facts, service));
  const sums = Object.entries(files).map(([file, { sha256 }]) => [file, sha256] as const);
  const runAgainOn = { ...installed, ...Object.fromEntries(sums) };
  const commands = Object.values(files).map((file) => file.command);
  return commandIn(scope, "health", { script, runAgainOn }, [...commands, ...after], transform);
}

/** A virtual address without its prefix length. */
export function addressOf(vip: string): string {
  return vip.replace(/\/.*/, "");
}
