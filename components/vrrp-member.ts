import type { Command, CommandArgs } from "@pulumi/command/remote/command";
import type * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { type ResolvedMember, resolvedMemberSchema, vrrpFields } from "../config/vrrp";
import type { Finding } from "../model/finding";
import { judgeKeepalivedTiming } from "../model/keepalived-limits";
import { budget, judgeVrrp, vrrpGroup } from "../model/vrrp";
import { healthScript } from "../templates/health";
import { keepalivedConf } from "../templates/keepalived";
import { checkScript, notifyScript } from "../templates/scripts";
import { keepalivedDropIn } from "../templates/systemd";
import type { HostFile } from "./host-files";
import { commandIn, fileIn, type Scope, type Texts } from "./member-scope";
import { refuseErrors } from "./parse-args";
import type { Transform } from "./transform";

const tooFew = "expected at least 2 members; list the hosts that share the address";

/** The plain arguments of every component with a virtual address; the policies read them. */
export const vrrpFacts = {
  ...vrrpFields,
  members: z.array(resolvedMemberSchema).min(2, { error: tooFew }),
};
export type VrrpFacts = z.output<z.ZodObject<typeof vrrpFacts>>;

/** One key for each kind of child that every VRRP component has. */
export interface VrrpTransforms {
  packages?: Transform<CommandArgs>;
  checkScript?: Transform<CommandArgs>;
  notifyScript?: Transform<CommandArgs>;
  keepalivedDropIn?: Transform<CommandArgs>;
  keepalivedConf?: Transform<CommandArgs>;
  health?: Transform<CommandArgs>;
}

/** Throws what the model refuses, all at once, and hands back its warnings. */
export function judgeMembers(what: string, name: string, facts: VrrpFacts): Finding[] {
  return refuseErrors(
    [
      ...duplicates(facts.members),
      ...judgeVrrp(vrrpGroup(name, facts)),
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

/** What stands behind the virtual address. */
export interface Service {
  /** systemd unit, and the word in file names. */
  daemon: string;
  /** Port of the virtual address that clients use. */
  port: number;
  /** Port on 127.0.0.1 and path that return 200 while the daemon is fit. */
  checkPort: number;
  checkPath: string;
  /** File that asks for a restart of the daemon. @default it is only ever reloaded */
  restartMark?: string;
  /** Longest planned stop of the daemon in seconds. */
  stopSec: number;
}

const RELOAD_KEEPALIVED = "systemctl try-reload-or-restart keepalived";

/** The files that keepalived needs on a member; its configuration last, since its test looks at the scripts. */
export function keepalivedFiles(
  scope: Scope,
  name: string,
  facts: VrrpFacts,
  service: Service,
  after: readonly pulumi.Resource[],
  transform: VrrpTransforms = {},
): Record<string, HostFile> {
  const { member } = scope;
  const checkName = `check_${service.daemon}`;
  const checkPath = `/usr/local/bin/${checkName}.sh`;
  const notifyPath = "/usr/local/bin/keepalived_notify.sh";
  const script = { mode: "0755", test: 'bash -n "$NEW"' };
  const content = checkScript({
    daemon: service.daemon,
    port: service.checkPort,
    path: service.checkPath,
    timeoutSec: facts.check.timeoutSec,
  });
  const check = fileIn(
    scope,
    "check",
    { ...script, path: checkPath, content },
    after,
    transform.checkScript,
  );
  const notify = fileIn(
    scope,
    "notify",
    { ...script, path: notifyPath, content: notifyScript(member.name), reload: RELOAD_KEEPALIVED },
    after,
    transform.notifyScript,
  );
  const dropIn = fileIn(
    scope,
    "keepalived-drop-in",
    {
      path: "/etc/systemd/system/keepalived.service.d/restart.conf",
      content: keepalivedDropIn(),
      reload: "systemctl daemon-reload",
    },
    after,
    transform.keepalivedDropIn,
  );
  const conf = fileIn(
    scope,
    "keepalived-conf",
    {
      path: "/etc/keepalived/keepalived.conf",
      content: keepalivedConf({
        ...facts,
        ...member,
        routerId: member.name,
        instance: name,
        peers: facts.members.filter((other) => other !== member).map((other) => other.address),
        check: { ...facts.check, name: checkName, script: checkPath },
        notifyScript: notifyPath,
      }),
      test: 'keepalived -t -f "$NEW"',
      reload: RELOAD_KEEPALIVED,
    },
    [check.command, notify.command],
    transform.keepalivedConf,
  );
  return { check, notify, "keepalived-drop-in": dropIn, "keepalived.conf": conf };
}

/** Starts the member's services and waits until it could own the address; runs again when a text changed. */
export function healthOf(
  scope: Scope,
  facts: VrrpFacts,
  service: Service,
  files: Readonly<Record<string, HostFile>>,
  installed: Texts,
  after: readonly pulumi.Resource[],
  transform?: Transform<CommandArgs>,
): Command {
  const { rise, intervalSec, timeoutSec } = facts.check;
  // keepalived believes a member again after `rise` runs, the last of which may take its timeout.
  const settleSec = Math.ceil(rise * intervalSec + timeoutSec);
  const { crashSec } = budget(vrrpGroup(scope.prefix, facts));
  const script = healthScript({
    member: scope.member.name,
    units: [service.daemon, "keepalived"],
    restart: service.restartMark ? { unit: service.daemon, mark: service.restartMark } : undefined,
    url: `http://127.0.0.1:${service.checkPort}${service.checkPath}`,
    vip: { address: addressOf(facts.vip), port: service.port },
    settleSec,
    deadlineSec: Math.ceil(60 + service.stopSec + crashSec) + settleSec,
  });
  const sums = Object.entries(files).map(([file, { sha256 }]) => [file, sha256] as const);
  const runAgainOn = { ...installed, ...Object.fromEntries(sums) };
  const commands = Object.values(files).map((file) => file.command);
  return commandIn(scope, "health", { script, runAgainOn }, [...commands, ...after], transform);
}

/** A virtual address without its prefix length. */
export function addressOf(vip: string): string {
  return vip.replace(/\/.*/, "");
}
