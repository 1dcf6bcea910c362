import { plainAddress, virtualAddress } from "./addresses";
import { microsecondsIn, signedIn, unsignedIn } from "./numbers";
import { type Conf, type ConfAddress, emptyTracking, type Instance } from "./state";
import type { Keyword, Keywords, Statement } from "./stream";
import { hasInterface, trackKeyword } from "./tracking";

/** Keywords of an instance that change nothing that is judged here. */
const plain = [
  "use_vmac",
  "use_vmac_addr",
  "vmac_xmit_base",
  "old_unicast_checksum",
  "vrf",
  "track_src_ip",
  "unicast_ttl",
  "promote_secondaries",
  "linkbeat_use_polling",
  "debug",
  "notify_backup",
  "notify_master",
  "notify_fault",
  "notify_stop",
  "notify_deleted",
  "notify",
  "notify_master_rx_lower_pri",
  "smtp_alert",
  "notify_priority_changes",
  "lvs_sync_daemon_interface",
  "garp_master_delay",
  "garp_master_refresh",
  "garp_master_repeat",
  "garp_master_refresh_repeat",
  "garp_lower_prio_delay",
  "garp_lower_prio_repeat",
  "down_timer_adverts",
  "garp_extra_if",
  "vmac_garp_intvl",
  "lower_prio_no_advert",
  "higher_prio_send_advert",
  "kernel_rx_buf_size",
];

/** The ones that came after 2.2. */
const newer = ["owner_ignore_adverts", "v3_checksum_as_v2", "no_virtual_ipaddress"];

/** `vrrp_instance NAME { … }`. */
export function instanceKeyword(conf: Conf): Keyword {
  const now = () => {
    const instance = conf.instances.at(-1);
    if (instance === undefined) throw new Error("an instance's keyword stands in its block");
    return instance;
  };
  return {
    run: (statement) => {
      const [, name, ...more] = statement.words;
      const known = conf.instances.some((one) => one.name === name);
      if (name === undefined || more.length > 0 || known) {
        statement.note(
          known
            ? `defines the instance "${name}" a second time: the second is dropped with its addresses`
            : "is no instance: keepalived wants exactly one name, and drops it with its addresses",
          known
            ? "give each instance its own name"
            : "give it one name, in quotes if it has blanks",
        );
        statement.skipBlock();
        return;
      }
      conf.instances.push({
        ...newInstance(name, statement.at),
        skipAddressCheck: conf.globals.skipAddressCheck,
      });
    },
    block: new Map<string, Keyword>([
      ...(conf.host.release === "2.2" ? plain : [...plain, ...newer]).map(
        (keyword): [string, Keyword] => [keyword, {}],
      ),
      ...settings(conf, now),
      ...lists(conf, now),
      ...tracking(conf, now),
    ]),
  };
}

function newInstance(name: string, at: Instance["at"]): Instance {
  return {
    ...emptyTracking(),
    name,
    at,
    routerId: 0,
    advertMicros: 0,
    addresses: [],
    excluded: [],
    peers: [],
    sourceLost: false,
    unicastAsked: false,
    faultWithoutPeers: false,
    nopreempt: false,
    preemptDelaySec: 0,
    dontTrackPrimary: false,
    skipAddressCheck: false,
    lostWeights: [],
    lostScripts: [],
    ownInterfaceTracked: false,
  };
}

type Now = () => Instance;
type Entries = [string, Keyword][];

function tracking(conf: Conf, now: Now): Entries {
  return [
    ["track_interface", trackKeyword("interfaces", conf, () => now().interfaces)],
    [
      "track_script",
      trackKeyword(
        "scripts",
        conf,
        () => now().scripts,
        (name) => now().lostScripts.push(name),
      ),
    ],
    ["track_file", trackKeyword("files", conf, () => now().files)],
    ["track_process", trackKeyword("processes", conf, () => now().processes)],
    ["track_bfd", trackKeyword("bfds", conf, () => now().bfds)],
  ];
}

function lists(conf: Conf, now: Now): Entries {
  const passOver: Keyword = { run: (statement) => statement.items(() => {}) };
  const has = (name: string) => hasInterface(conf, name);
  return [
    ["virtual_routes", passOver],
    ["virtual_rules", passOver],
    [
      "unicast_peer",
      {
        run: (statement) => {
          now().unicastAsked = true;
          statement.items((item) => peer(item, now()));
        },
      },
    ],
    [
      "virtual_ipaddress",
      { run: (statement) => statement.items((item) => address(item, now(), has)) },
    ],
    [
      "virtual_ipaddress_excluded",
      {
        run: (statement) =>
          statement.items((item) => {
            const found = virtualAddress(item, has);
            if (found) now().excluded.push(found);
          }),
      },
    ],
    ["authentication", { block: authentication(now) }],
  ];
}

function peer(item: Statement, instance: Instance): void {
  const found = plainAddress(item.argument(0));
  if (found === undefined) {
    item.note(`loses the peer "${item.argument(0)}": it is no address`, "correct it");
    return;
  }
  instance.family ??= found.family;
  if (found.family !== instance.family) {
    item.note(`loses the peer ${found.address}: the instance is of the other address family`);
    return;
  }
  const options = item.words.slice(1);
  if (options.length > 0 && !/^(min|max)_ttl$/.test(options[0] ?? "")) item.extra(1);
  instance.peers.push(found.address);
}

function address(item: Statement, instance: Instance, has: (name: string) => boolean): void {
  const found: ConfAddress | undefined = virtualAddress(item, has);
  if (found === undefined) return;
  instance.family ??= found.family;
  if (found.family === instance.family) instance.addresses.push(found);
  else {
    item.note(
      `loses the address ${found.address}: the instance is of the other address family`,
      "write it in virtual_ipaddress_excluded, or in an instance of its own",
    );
  }
}

function authentication(now: Now): Keywords {
  return new Map<string, Keyword>([
    [
      "auth_type",
      {
        run: (statement) => {
          const type = statement.argument();
          if (type === "AH" || type === "PASS") now().authType = type;
          else statement.note(`has the authentication type "${type}", which does not exist`);
          statement.extra(2);
        },
      },
    ],
    [
      "auth_pass",
      {
        run: (statement) => {
          now().authPass = Buffer.from(statement.argument()).subarray(0, 8).toString();
          statement.extra(2);
        },
      },
    ],
  ]);
}

function settings(conf: Conf, now: Now): Entries {
  const flag = (set: (instance: Instance) => void): Keyword => ({ run: () => set(now()) });
  return [
    ["state", { run: (statement) => state(statement, now()) }],
    ["interface", { run: (statement) => ownInterface(statement, conf, now()) }],
    ["priority", { run: (statement) => priority(statement, now()) }],
    ["virtual_router_id", { run: (statement) => routerId(statement, now()) }],
    ["advert_int", { run: (statement) => advertInterval(statement, now()) }],
    ["version", { run: (statement) => version(statement, now()) }],
    ["native_ipv6", { run: (statement) => nativeIpv6(statement, now()) }],
    ["mcast_src_ip", { run: (statement) => source(statement, now()) }],
    [
      "unicast_src_ip",
      {
        run: (statement) => {
          now().unicastAsked = true;
          source(statement, now());
        },
      },
    ],
    ["use_ipvlan", { run: (statement) => ipvlan(statement, now()) }],
    ["mcast_dst_ip", { run: (statement) => multicastGroup(statement, now()) }],
    ["preempt_delay", { run: (statement) => preemptDelay(statement, now()) }],
    ["strict_mode", { run: (statement) => strictMode(statement, now()) }],
    [
      "unicast_fault_no_peer",
      flag((one) => {
        one.unicastAsked = true;
        one.faultWithoutPeers = true;
      }),
    ],
    [
      "check_unicast_src",
      flag((one) => {
        one.unicastAsked = true;
      }),
    ],
    [
      "skip_check_adv_addr",
      {
        run: ({ words }) => {
          if (words[1] === undefined || /^(true|on|yes|false|off|no)$/.test(words[1])) {
            now().skipAddressCheck = true;
          }
        },
      },
    ],
    [
      "nopreempt",
      flag((one) => {
        one.nopreempt = true;
      }),
    ],
    [
      "preempt",
      flag((one) => {
        one.nopreempt = false;
      }),
    ],
    [
      "accept",
      flag((one) => {
        one.accept = true;
      }),
    ],
    [
      "no_accept",
      flag((one) => {
        one.accept = false;
      }),
    ],
    [
      "dont_track_primary",
      flag((one) => {
        one.dontTrackPrimary = true;
      }),
    ],
  ];
}

function state(statement: Statement, instance: Instance): void {
  const word = statement.argument();
  statement.extra(2);
  if (word === "MASTER") instance.state = "MASTER";
  else if (word === "BACKUP" && instance.state === "MASTER") {
    statement.note("is ignored: the state was already set to MASTER");
  } else {
    if (word !== "BACKUP") statement.note(`has the state "${word}", which counts as BACKUP`);
    instance.state = "BACKUP";
  }
}

function ownInterface(statement: Statement, conf: Conf, instance: Instance): void {
  const name = statement.argument();
  statement.extra(2);
  if (name.length > 15) {
    statement.note(`names an interface with more than 15 characters, which is ignored`);
    return;
  }
  if (hasInterface(conf, name) && name !== "lo") instance.interface = name;
  else delete instance.interface;
}

function priority(statement: Statement, instance: Instance): void {
  const { value, taken } = unsignedIn(statement.argument(), 1, 255);
  if (!taken) {
    statement.note(
      `has the priority "${statement.argument()}", which keepalived replaces by 100`,
      "write a number from 1 to 255",
    );
  }
  statement.extra(2);
  instance.priority = taken ? value : 100;
}

function routerId(statement: Statement, instance: Instance): void {
  const { value, taken } = unsignedIn(statement.argument(), 1, 255);
  if (taken) instance.routerId = value;
  else statement.note(`has the router id "${statement.argument()}", which is ignored`);
  statement.extra(2);
}

function advertInterval(statement: Statement, instance: Instance): void {
  const { value, taken, clean } = microsecondsIn(statement.argument(), 10_000, 255_000_000);
  if (!clean) statement.note(`has the interval "${statement.argument()}", which is no good number`);
  if (taken) instance.advertMicros = value;
  statement.extra(2);
}

function version(statement: Statement, instance: Instance): void {
  const { value, taken } = signedIn(statement.argument(), 2, 3);
  const wanted = value === 3 ? 3 : 2;
  const other = instance.version !== undefined && instance.version !== wanted;
  if (!taken || other || (wanted === 2 && instance.family === 6)) {
    statement.note(`has a version that is ignored: "${statement.argument()}"`);
  } else instance.version = wanted;
}

function nativeIpv6(statement: Statement, instance: Instance): void {
  if (instance.family === 4) {
    statement.note("is ignored: the instance has IPv4 addresses");
    return;
  }
  instance.family = 6;
  instance.version = 3;
}

function source(statement: Statement, instance: Instance): void {
  const text = statement.argument();
  const found = plainAddress(text);
  statement.extra(2);
  if (found === undefined) {
    statement.note(`has the source "${text}", which is no address and is ignored`, "correct it");
    instance.sourceLost ||= instance.source !== undefined;
    delete instance.source;
    return;
  }
  instance.family ??= found.family;
  instance.sourceLost = false;
  if (found.family === instance.family) instance.source = found.address;
  else {
    delete instance.source;
    statement.note(`has the source ${found.address} of the other address family, which is ignored`);
  }
}

/** An address behind `use_ipvlan` is the source too. */
function ipvlan({ words }: Statement, instance: Instance): void {
  for (const word of words.slice(1)) {
    const found = plainAddress(word);
    if (found === undefined) continue;
    instance.family ??= found.family;
    if (found.family === instance.family) instance.source ??= found.address;
  }
}

function multicastGroup(statement: Statement, instance: Instance): void {
  const found = plainAddress(statement.argument());
  if (found === undefined) return;
  instance.family ??= found.family;
  const multicast =
    found.family === 4
      ? /^(22[4-9]|23\d)\./.test(found.address)
      : /^ff[0-9a-f]2:/.test(found.address);
  if (found.family === instance.family && multicast) instance.multicastGroup = found.address;
  else {
    delete instance.multicastGroup;
    statement.note(`has a multicast address that is ignored: "${statement.argument()}"`);
  }
}

function preemptDelay(statement: Statement, instance: Instance): void {
  const { value, taken, clean } = microsecondsIn(statement.argument(), 0, 1_000_000_000);
  if (!clean) statement.note(`has the delay "${statement.argument()}", which is no good number`);
  instance.preemptDelaySec = taken ? value / 1e6 : 0;
}

function strictMode({ words }: Statement, instance: Instance): void {
  const [, word = "true"] = words;
  if (/^(true|on|yes)$/.test(word)) instance.strict = true;
  else if (/^(false|off|no)$/.test(word)) instance.strict = false;
}
