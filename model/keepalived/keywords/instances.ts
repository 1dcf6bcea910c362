import { plainAddress, virtualAddress } from "../addresses";
import { isSince } from "../host";
import { type Conf, type ConfAddress, emptyTracking, type Instance } from "../state";
import type { Keyword, Statement } from "../stream";
import { authentication, hmac } from "./authentication";
import { Current } from "./current";
import { instanceSettings } from "./settings";
import { hasInterface, trackKeyword } from "./tracking";
import { withoutEffect, withValue } from "./values";

/** Keywords of an instance that change nothing that is judged here. */
const plain = [
  "use_vmac",
  "use_vmac_addr",
  "vmac_xmit_base",
  "old_unicast_checksum",
  "track_src_ip",
  "promote_secondaries",
  "linkbeat_use_polling",
  "notify_deleted",
  "smtp_alert",
  "notify_priority_changes",
  "garp_extra_if",
  "vmac_garp_intvl",
  "lower_prio_no_advert",
  "higher_prio_send_advert",
  "kernel_rx_buf_size",
];

/** The same, and each wants a value. */
const valued = [
  "vrf",
  "unicast_ttl",
  "debug",
  "notify_backup",
  "notify_master",
  "notify_fault",
  "notify_stop",
  "notify",
  "notify_master_rx_lower_pri",
  "garp_master_delay",
  "garp_master_refresh",
  "garp_master_repeat",
  "garp_master_refresh_repeat",
  "garp_lower_prio_delay",
  "garp_lower_prio_repeat",
  "down_timer_adverts",
];

/** The ones that came after 2.2. */
const newer = (now: Now): Entries => [
  ["owner_ignore_adverts", {}],
  ["v3_checksum_as_v2", {}],
  ["thread_timer_expired", {}],
  ["timer_expired_backup", {}],
  [
    "no_virtual_ipaddress",
    {
      run: () => {
        now().noAddressWanted = true;
      },
    },
  ],
];

/** `vrrp_instance NAME { … }`. */
export function instanceKeyword(conf: Conf): Keyword {
  const current = new Current(conf, conf.instances, "an instance");
  const now = () => current.now;
  return current.keyword(
    (statement) => {
      conf.triedInstances++;
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
      current.open({
        ...newInstance(name, statement.at),
        skipAddressCheck: conf.globals.skipAddressCheck,
      });
    },
    new Map<string, Keyword>([
      ...withoutEffect(plain),
      ...withValue(valued),
      ["lvs_sync_daemon_interface", { run: syncDaemon }],
      ...(isSince("2.3", conf.host) ? newer(now) : []),
      ...(isSince("2.4", conf.host) ? [["auth_hmac", hmac(now)] as const] : []),
      ...instanceSettings(conf, now),
      ...lists(conf, now),
      ...tracking(conf, now),
    ]),
    () => true,
  );
}

/** It needs a module of the kernel, over whose absence keepalived ends. */
function syncDaemon(statement: Statement): void {
  statement.argument();
  statement.note(
    "asks for the kernel's module ip_vs, without which keepalived ends",
    "remove it unless virtual servers are balanced here; load the module on the host otherwise",
  );
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
    strayed: [],
    peers: [],
    noAddressWanted: false,
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
  const once = isSince("2.3", conf.host);
  return [
    ["virtual_routes", passOver],
    ["virtual_rules", passOver],
    [
      "unicast_peer",
      {
        run: (statement) => {
          now().unicastAsked = true;
          statement.items((item) => peer(item, now(), once));
        },
      },
    ],
    [
      "virtual_ipaddress",
      { run: (statement) => statement.items((item) => address(item, now(), has, once)) },
    ],
    [
      "virtual_ipaddress_excluded",
      {
        run: (statement) =>
          statement.items((item) => {
            const found = virtualAddress(item, has);
            if (found === undefined) return;
            const { addresses, excluded } = now();
            const sameDevice = [...addresses, ...excluded].filter(
              ({ device }) => device === found.device,
            );
            if (!(once && isTwice(item, found, sameDevice))) excluded.push(found);
          }),
      },
    ],
    ["authentication", { block: authentication(now) }],
  ];
}

/** @param once whether keepalived drops one that is there already */
function peer(item: Statement, instance: Instance, once: boolean): void {
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
  if (!once || !instance.peers.includes(found.address)) instance.peers.push(found.address);
  else item.note(`names the peer ${found.address} a second time, which is ignored`);
}

function isTwice(item: Statement, found: ConfAddress, known: readonly ConfAddress[]): boolean {
  const twice = known.some(({ address: other }) => other === found.address);
  if (twice) item.note(`has the address ${found.address} a second time, which is ignored`);
  return twice;
}

function address(
  item: Statement,
  instance: Instance,
  has: (name: string) => boolean,
  once: boolean,
): void {
  const found: ConfAddress | undefined = virtualAddress(item, has);
  if (found === undefined) return;
  instance.family ??= found.family;
  if (found.family !== instance.family) {
    instance.strayed.push(found);
    return;
  }
  const excluded = instance.excluded.filter(({ device }) => device === found.device);
  if (!(once && isTwice(item, found, [...instance.addresses, ...excluded]))) {
    instance.addresses.push(found);
  }
}
