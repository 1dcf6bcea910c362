import { plainAddress } from "../addresses";
import { microsecondsIn, signedIn, unsignedIn } from "../numbers";
import type { Conf, Instance } from "../state";
import type { Keyword, Statement } from "../stream";
import { hasInterface } from "./tracking";

type Now = () => Instance;
type Entries = [string, Keyword][];

/** The keywords of an instance that set one value. */
export function instanceSettings(conf: Conf, now: Now): Entries {
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
    statement.noteDecisive(
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
