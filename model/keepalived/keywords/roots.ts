import { isSince } from "../host";
import { type Conf, emptyTracking } from "../state";
import type { Keyword, Keywords, Statement } from "../stream";
import { bfdKeyword, fileKeyword, processKeyword, scriptKeyword } from "./blocks";
import { Current } from "./current";
import { globals } from "./globals";
import { instanceKeyword } from "./instances";
import { hasInterface, trackKeyword } from "./tracking";
import { withoutEffect, withValue } from "./values";

/** The main process starts the one for VRRP where it meets one of these. */
const startVrrp = new Set(["vrrp_instance", "static_ipaddress", "static_routes", "static_rules"]);

/** What one of keepalived's processes reads of a file: each passes over the blocks of the other. */
export type Part = "globals" | "rest";

/**
 * Every keyword that may stand outside blocks.
 *
 * @param part blocks of the other part are passed over by their braces. @default both are read
 */
export function rootKeywords(conf: Conf, part?: Part): Keywords {
  const passOver: Keyword = { run: (statement) => statement.items(() => {}) };
  const foreign: Keyword = { foreign: true, block: new Map() };
  const plain: [string, Keyword][] = [
    ...withoutEffect([
      "linkbeat_use_polling",
      "net_namespace_ipvs",
      "namespace_with_ipsets",
      "use_pid_dir",
      "instance",
    ]),
    ["net_namespace", { run: (statement) => netNamespace(statement) }],
    ...withValue(["child_wait_time"]),
  ];
  const general: Keyword = part === "rest" ? foreign : { block: globals(conf) };
  const blocks: [string, Keyword][] = [
    ["track_group", { block: new Map([["group", passOver]]) }],
    ["static_ipaddress", { run: (statement) => statement.items((item) => ownDevices(item, conf)) }],
    ["static_routes", { run: (statement) => statement.items((item) => ownDevices(item, conf)) }],
    ["static_rules", passOver],
    ["linkbeat_interfaces", passOver],
    ["interface_up_down_delays", passOver],
    [
      "garp_group",
      {
        block: new Map<string, Keyword>([
          ...withValue(["garp_interval", "gna_interval"]),
          ["interface", { run: (statement) => void hasInterface(conf, statement.argument()) }],
          [
            "interfaces",
            {
              run: (statement) =>
                statement.items(({ words }) =>
                  words.forEach((one) => void hasInterface(conf, one)),
                ),
            },
          ],
        ]),
      },
    ],
    ["vrrp_sync_group", syncGroup(conf)],
    ["vrrp_instance", instanceKeyword(conf)],
    ["vrrp_script", scriptKeyword(conf)],
    ["vrrp_track_process", processKeyword(conf)],
    ["track_file", fileKeyword(conf)],
    ["vrrp_track_file", fileKeyword(conf)],
    ["bfd_instance", bfdKeyword(conf)],
    ["virtual_server", foreign],
    ["virtual_server_group", foreign],
    ["SSL", foreign],
  ];
  const read = part !== "globals";
  const met = () => {
    conf.startsVrrp = true;
  };
  return new Map([
    ...plain,
    ["global_defs", general] as const,
    ...blocks.map(([name, keyword]): [string, Keyword] => [
      name,
      { ...(read ? keyword : foreign), ...(startVrrp.has(name) && { met }) },
    ]),
  ]);
}

/** keepalived ends over a device that the host does not have. */
function ownDevices({ words }: Statement, conf: Conf): void {
  const at = words.indexOf("dev");
  const name = at < 0 ? undefined : words[at + 1];
  if (name !== undefined) hasInterface(conf, name);
}

function netNamespace(statement: Statement): void {
  const [, name = ""] = statement.words;
  statement.note(
    `runs keepalived in the network namespace "${name}", and ends where that does not exist`,
    "make the namespace before keepalived starts, or remove the line",
  );
}

function syncGroup(conf: Conf): Keyword {
  const current = new Current(conf, conf.groups, "a group");
  const now = () => current.now;
  const plain = ["notify_backup", "notify_master", "notify_fault", "notify_stop", "notify"];
  const weighted: Keyword = {
    run: () => {
      now().weighted = true;
    },
  };
  return current.keyword(
    (statement) => {
      const [, name, ...more] = statement.words;
      const known = conf.groups.some((group) => group.name === name);
      if (name === undefined || more.length > 0 || known) {
        statement.note(
          known
            ? `defines the sync group "${name}" a second time, which is dropped`
            : "is no sync group: keepalived wants exactly one name",
        );
        statement.skipBlock();
        return;
      }
      current.open({ ...emptyTracking(), name, weighted: false, instances: [] });
    },
    new Map<string, Keyword>([
      ...withValue(plain),
      ...withoutEffect(["smtp_alert", "notify_priority_changes"]),
      ["global_tracking", weighted],
      ["sync_group_tracking_weight", weighted],
      [
        "group",
        {
          run: (statement) => {
            const group = now();
            if (group.members !== undefined) {
              statement.note("is a second list of the group's instances, which is dropped");
              statement.skipBlock();
              return;
            }
            const members: string[] = [];
            statement.items(({ words }) => members.push(...words));
            if (members.length > 0) group.members = members;
          },
        },
      ],
      ["track_interface", trackKeyword("interfaces", conf, () => now().interfaces)],
      ["track_script", trackKeyword("scripts", conf, () => now().scripts)],
      ["track_file", trackKeyword("files", conf, () => now().files)],
      ["track_process", trackKeyword("processes", conf, () => now().processes)],
      ["track_bfd", trackKeyword("bfds", conf, () => now().bfds)],
    ]),
    // Before, one without members is only passed over once the file is read.
    ({ members }) => members !== undefined || !isSince("2.3", conf.host),
  );
}
