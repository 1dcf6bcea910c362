import type { Command, CommandArgs } from "@pulumi/command/remote/command";
import type * as pulumi from "@pulumi/pulumi";
import type { z } from "zod";
import type { WithDefaults } from "../../config/sections/profiles";
import type { ResolvedHost } from "../../config/sections/vrrp";
import type { Finding } from "../../model/finding";
import { judgeKeepalivedTiming } from "../../model/keepalived/limits";
import { judgeFamilies } from "../../model/network/families";
import { judgeProfile, judgeVrrp, vrrpGroup } from "../../model/vrrp/vrrp";
import { healthScript } from "../../templates/host/health";
import { memberHealth, type Service } from "../../templates/host/member-health";
import type { vrrpArgs } from "./args-schema";
import type { HostFile } from "./host-files";
import { commandIn, type Scope, type Texts } from "./member-scope";
import type { Transform } from "./transform";

/** The checked facts of a virtual address, with every number in place. */
export type VrrpFacts = WithDefaults<z.output<z.ZodObject<typeof vrrpArgs>>>;

/** One key for each kind of child that every component with a virtual address has on a member. */
export interface VrrpTransforms {
  /** Installs the packages. */
  packages?: Transform<CommandArgs>;
  /** Script with which keepalived checks the service. */
  checkScript?: Transform<CommandArgs>;
  /** Script that keepalived runs when its state changes. */
  notifyScript?: Transform<CommandArgs>;
  /** Watcher of the service between two checks; profile `fast` only. */
  checkWatcher?: Transform<CommandArgs>;
  /** systemd unit of that watcher; profile `fast` only. */
  checkWatcherUnit?: Transform<CommandArgs>;
  /** Script that keeps open connections over a planned change; only with `drainSec`. */
  handoverScript?: Transform<CommandArgs>;
  /** systemd service that answers another member about them; only with `drainSec`. */
  handoverService?: Transform<CommandArgs>;
  /** systemd socket of that service; only with `drainSec`. */
  handoverSocket?: Transform<CommandArgs>;
  /** Rotation of the logs. */
  logrotate?: Transform<CommandArgs>;
  /** Drop-in of keepalived's systemd unit. */
  keepalivedDropIn?: Transform<CommandArgs>;
  /** keepalived's configuration. */
  keepalivedConf?: Transform<CommandArgs>;
  /** Script that writes the member's metrics; with `monitoring` only. */
  metricsScript?: Transform<CommandArgs>;
  /** systemd unit of that script; with `monitoring` only. */
  metricsUnit?: Transform<CommandArgs>;
  /** Drop-in of the exporter's systemd unit; with `monitoring` only. */
  exporterDropIn?: Transform<CommandArgs>;
  /** Starts the services and waits until the member could own the address. */
  health?: Transform<CommandArgs>;
  /** Tells a member that runs of new peers; with three members, or while one leaves. */
  peers?: Transform<CommandArgs>;
  /** Ends what a member does that leaves. */
  leave?: Transform<CommandArgs>;
}

/** Kinds of children that every member of a virtual address has. */
export type VrrpKind = keyof VrrpTransforms;

/** What the model says of the members. */
export function judgeMembers(name: string, facts: VrrpFacts): Finding[] {
  const group = vrrpGroup(name, facts);
  return [
    ...duplicates([...facts.members, ...(facts.leaving ?? [])], facts.members.length),
    ...judgeFamilies({ ...facts, masters: [], workers: [] }),
    ...judgeVrrp(group),
    ...judgeProfile(facts.profile, group),
    ...judgeKeepalivedTiming(facts, facts.members),
  ];
}

/** Names become resource names and addresses become peers: neither may stand for two hosts. */
function duplicates(hosts: readonly ResolvedHost[], staying: number): Finding[] {
  return hosts.flatMap((host, index) =>
    (["name", "address"] as const)
      .filter((key) => hosts.findIndex((other) => other[key] === host[key]) < index)
      .map((key): Finding => {
        const message = `found "${host[key]}" a second time, expected a different ${key} for each member`;
        const path = index < staying ? ["members", index, key] : ["leaving", index - staying, key];
        return { rule: "vrrp-disagreement", path, message, fix: "correct it", severity: "error" };
      }),
  );
}

/** What a member is healthy with. */
export interface MemberHealth {
  /** Name of the component. */
  name: string;
  facts: VrrpFacts;
  service: Service;
  /** Files by name; when the text of one changes, the health is asked again. */
  files: Readonly<Record<string, HostFile>>;
  /** Other texts of which the same is true. */
  installed: Texts;
}

/** Starts the member's services and waits until it could own the address; runs again when a text changed. */
export function healthOf(
  scope: Scope<VrrpKind>,
  { name, facts, service, files, installed }: MemberHealth,
  after: readonly pulumi.Resource[],
): Command {
  const script = healthScript(memberHealth(name, scope.member, facts, service));
  const sums = Object.entries(files).map(([file, { sha256 }]) => [file, sha256] as const);
  const runAgainOn = { ...installed, ...Object.fromEntries(sums) };
  const commands = Object.values(files).map((file) => file.command);
  return commandIn(scope, "health", { script, runAgainOn }, [...commands, ...after]);
}
