import { isSince } from "../../model/keepalived/host";
import type { ConfReading } from "../../model/keepalived/read";
import type { CompleteInstance, Conf, Tracked } from "../../model/keepalived/state";
import type { DaemonReading } from "./oracle";

/** One instance in the fields that the pack judges, in words that both sides can be put in. */
export interface Seen {
  [field: string]: string | string[];
}

const blocks: Readonly<Record<string, string>> = {
  "Virtual IP Excluded": "excluded",
  "Virtual IP": "addresses",
  "Unicast Peer": "peers",
  "Tracked interfaces": "interfaces",
  "Tracked scripts": "scripts",
  "Tracked files": "files",
  "Tracked processes": "processes",
  "Tracked process": "processes",
  "Tracked BFDs": "bfds",
};

/** The instances, groups and trackers of the daemon's dump; `refused` where it ended. */
export function seenByDaemon({ refused, log }: DaemonReading): Record<string, Seen> | "refused" {
  if (refused) return "refused";
  const found: Record<string, Seen> = {};
  let now: Seen = {};
  let list: string[] | undefined;
  const start = log.findIndex((line) => line.startsWith("------< VRRP"));
  for (const line of log.slice(start < 0 ? log.length : start)) {
    // The daemon's parent logs in between.
    if (!/^ /.test(line)) continue;
    const [, kind, name = ""] =
      /^ VRRP (Instance|Script|Sync Group|Track process) = (.*)$/.exec(line) ??
      /^ (Track file) = (.*)$/.exec(line) ??
      [];
    if (kind !== undefined) {
      now = {};
      list = undefined;
      found[`${kind} ${kind === "Sync Group" ? name.replace(/, \w+$/, "") : name}`] = now;
      continue;
    }
    const [, head] = /^ {3}(\S.*?)(?: \(\d+\))? ?:$/.exec(line) ?? [];
    if (head !== undefined) {
      const field = blocks[head];
      list = field === undefined ? undefined : [];
      if (field !== undefined && list) now[field] = list;
      continue;
    }
    if (/^ {5}/.test(line)) {
      if (list) list.push(line.trim());
      else if (/weight \d+$/.test(line)) now.tracking = "";
      continue;
    }
    list = undefined;
    const [, key, value] = /^ {3}(.*?)(?: = |: | : )(.*)$/.exec(line) ?? [];
    if (key !== undefined && value !== undefined) now[key] = value;
    else now[line.trim()] = "yes";
  }
  // Later releases let an instance without interface through, and die of its adverts to a group.
  const homeless = Object.values(found).some(
    (one) => one.Interface === "not configured" && firstOf(one, "Multicast address") !== "",
  );
  if (homeless) return "refused";
  return Object.fromEntries(
    Object.entries(found).flatMap(([name, fields]) => {
      const shown = shownByDaemon(name, fields);
      return shown === undefined ? [] : [[name, shown]];
    }),
  );
}

function shownByDaemon(name: string, now: Seen): Seen | undefined {
  const text = (key: string) => String(now[key] ?? "");
  const list = (key: string) => (Array.isArray(now[key]) ? now[key] : []);
  const trackers = Object.fromEntries(
    ["interfaces", "scripts", "files", "processes", "bfds"].map((kind) => [
      kind,
      list(kind).map((line) => line.replace(/[,:] weight/, " weight")),
    ]),
  );
  if (name.startsWith("Sync Group")) {
    return { weighted: `${"sync group tracking weight set" in now}`, ...trackers };
  }
  if (name.startsWith("Script")) {
    return {
      interval: seconds(text("Interval")),
      timeout: seconds(text("Timeout")),
      weight: text("Weight"),
      rise: text("Rise"),
      fall: text("Fall"),
    };
  }
  if (!name.startsWith("Instance")) return undefined;
  const [source = "", configured] = text("Using src_ip").split(" (from");
  return {
    version: text("VRRP Version"),
    family: "Using Native IPv6" in now ? "6" : "4",
    group: text("Sync group"),
    state: text("Wantstate"),
    interface: text("Interface")
      .replace("not configured", "")
      .replace(/^.*, vmac on (\S+?)(,.*)?$/, "$1"),
    faults: `${text("Number of config faults") !== "0"}`,
    source: configured === undefined ? "" : source,
    routerId: text("Virtual Router ID"),
    priority: text("Priority"),
    advert: text("Advert interval"),
    accept: text("Accept"),
    preempt: text("Preempt"),
    delay: `${Number.parseFloat(text("Preempt delay") || "0")}`,
    strict: `${"Enforcing strict VRRP compliance" in now}`,
    untracked: `${"VRRP interface tracking disabled" in now}`,
    unchecked: `${"Skip checking advert IP addresses" in now}`,
    multicast: text("Multicast address") || firstOf(now, "Multicast address"),
    auth: text("Authentication type") || "none",
    password: text("Password"),
    addresses: list("addresses").map(addressShown),
    excluded: list("excluded").map(addressShown),
    peers: list("peers").map((line) => line.split(" ")[0] ?? ""),
    ...trackers,
  };
}

/** Newer releases write `0.500 sec`. */
function seconds(text: string): string {
  return text.replace(/(\.\d*?)0+ /, "$1 ").replace(". ", " ");
}

function firstOf(now: Seen, start: string): string {
  const line = Object.keys(now).find((key) => key.startsWith(`${start} `)) ?? "";
  return line.slice(start.length + 1).replace(/, ifindex.*/, "");
}

function addressShown(line: string): string {
  const [address = ""] = line.split(" ");
  if (address.includes("/")) return address;
  return `${address}/${address.includes(":") ? 128 : 32}`;
}

/** The same from the reader. */
export function seenByReader({
  refused,
  instances,
  conf,
}: ConfReading): ReturnType<typeof seenByDaemon> {
  if (refused) return "refused";
  const used = new Set(
    [...instances, ...conf.groups].flatMap(({ scripts }) => scripts.map(({ name }) => name)),
  );
  return Object.fromEntries([
    ...instances.map((one) => [`Instance ${one.name}`, shownByReader(one, conf)]),
    ...conf.groups.map((group) => [
      `Sync Group ${group.name}`,
      { weighted: `${group.weighted}`, ...trackersOf(group) },
    ]),
    ...conf.scripts
      .filter(({ name }, index) => {
        const first = conf.scripts.findIndex((other) => other.name === name);
        return used.has(name) && first === index;
      })
      .map((script) => [
        `Script ${script.name}`,
        {
          interval: `${thousandths(script.intervalSec)} sec`,
          timeout: `${thousandths(script.timeoutSec)} sec`,
          weight: weightText(script),
          rise: `${script.rise}`,
          fall: `${script.fall}`,
        },
      ]),
  ]);
}

/** The dump cuts seconds there. */
function thousandths(seconds: number): number {
  return Math.floor(seconds * 1000 + 1e-6) / 1000;
}

function weightText({ weight, reverse }: Pick<Tracked, "weight" | "reverse">): string {
  return `${weight}${reverse ? " reverse" : ""}`;
}

function trackersOf(
  one: Pick<CompleteInstance, "interfaces" | "scripts" | "files" | "processes" | "bfds">,
) {
  const shown = (list: readonly Tracked[]) =>
    list.map((each) => `${each.name} weight ${weightText(each)}`);
  return {
    interfaces: shown(one.interfaces),
    scripts: shown(one.scripts),
    files: shown(one.files),
    processes: shown(one.processes),
    bfds: shown(one.bfds),
  };
}

function shownByReader(one: CompleteInstance, { host }: Conf): Seen {
  const password = one.authType === "PASS" ? (one.authPass ?? "") : "";
  const address = ({ address: bare, prefix }: CompleteInstance["addresses"][number]) =>
    `${bare}/${prefix}`;
  return {
    version: `${one.version}`,
    family: `${one.family}`,
    group: one.syncGroup ?? "",
    state: one.state,
    interface: one.interface,
    faults: `${one.faultWithoutPeers && !one.unicast}`,
    source: one.sourceLost ? "(none)" : (one.source ?? ""),
    routerId: `${one.routerId}`,
    priority: `${one.priority}`,
    advert:
      one.version === 2 ? `${one.advertMicros / 1e6} sec` : `${one.advertMicros / 1e3} milli-sec`,
    accept: one.accept ? "enabled" : "disabled",
    preempt: one.nopreempt ? "disabled" : "enabled",
    delay: `${Number(one.preemptDelaySec.toPrecision(6))}`,
    strict: `${one.strict}`,
    untracked: `${one.dontTrackPrimary}`,
    unchecked: `${one.skipAddressCheck}`,
    multicast: one.unicast ? "" : one.multicastGroup,
    auth: one.authType === "AH" ? "IPSEC_AH" : one.authType === "PASS" ? "SIMPLE_PASSWORD" : "none",
    // Later releases only say that there is one.
    password: password !== "" && isSince("2.4", host) ? "********" : password,
    addresses: one.addresses.map(address),
    excluded: one.excluded.map(address),
    peers: one.peers,
    ...trackersOf(one),
  };
}
