import type { ConfNote } from "./host";
import { isSince, Refused } from "./host";
import { completeAuthentication } from "./keywords/authentication";
import { isNeverRun } from "./linked-command";
import { groupsStartAsBackup, judgeRouterIds, ownersHaveNoWeights } from "./relations";
import type { CompleteInstance, Conf, ConfAddress, Instance, SyncGroup, Tracked } from "./state";

/** Says something about an instance's own line. */
export type Say = (note: ConfNote) => void;

/**
 * Fills in the defaults and drops what does not go together, as keepalived does once a file is read.
 *
 * @throws Refused where keepalived ends instead
 */
export function completeConf(conf: Conf, say: Say): CompleteInstance[] {
  const [missing] = conf.missingInterfaces;
  if (missing !== undefined) {
    throw new Refused(
      `it names the interface "${missing}", which the host does not have`,
      "correct the name",
    );
  }
  dropCommands(conf);
  for (const { name, routerId, interface: device, source, peers } of conf.instances) {
    if (routerId === 0) {
      throw new Refused(
        `instance "${name}" has no virtual_router_id`,
        "give it one from 1 to 255, on a line of its own",
      );
    }
    const routed = source !== undefined && peers.length > 0 && isSince("2.3", conf.host);
    if (device === undefined && !routed) {
      throw new Refused(
        `instance "${name}" has no interface`,
        "name one, on a line of its own in the instance",
      );
    }
  }
  for (const group of conf.groups) fillGroup(group, conf);
  conf.groups = conf.groups.filter(({ instances }) => instances.length > 0);
  const complete = conf.instances.map((instance) => completeInstance(instance, conf, say));
  judgeRouterIds(complete, conf);
  ownersHaveNoWeights(conf);
  groupsStartAsBackup(complete, conf);
  return complete;
}

/** Scripts whose command cannot be run are tracked by nobody. */
function dropCommands(conf: Conf): void {
  const has = conf.host.hasCommand ?? (() => true);
  // Of two scripts with one name the first is the one that is tracked.
  const first = new Map([...conf.scripts].reverse().map((script) => [script.name, script]));
  const gone = new Set(
    [...first.values()]
      .filter(
        (script) =>
          !has(script.command[0] ?? "") || (conf.host.mergedUsr && isNeverRun(script, conf)),
      )
      .map(({ name }) => name),
  );
  for (const one of [...conf.instances, ...conf.groups]) {
    one.scripts = one.scripts.filter(({ name }) => !gone.has(name));
  }
}

function fillGroup(group: SyncGroup, conf: Conf): void {
  for (const name of group.members ?? []) {
    const instance = conf.instances.find((one) => one.name === name);
    if (instance === undefined || instance.syncGroup !== undefined) continue;
    instance.syncGroup = group.name;
    group.instances.push(instance);
  }
}

function completeInstance(instance: Instance, conf: Conf, say: Say): CompleteInstance {
  const note = (message: string, fix?: string) =>
    say({
      line: instance.at.line,
      message: `instance "${instance.name}" ${message}`,
      ...(fix && { fix }),
    });
  const { globals } = conf;
  const strict = instance.strict ?? globals.strict;
  const family = instance.family ?? 4;
  const version = versionOf(instance, family, strict, globals.version);
  if (instance.interface === undefined) {
    note("has no interface, over which keepalived 2.2 ends", "name it");
    dropHomeless(instance, note);
  }
  const allowed = isSince("2.3", conf.host)
    ? version === 2 || (instance.noAddressWanted && !strict)
    : version === 2 && family === 4;
  if (instance.addresses.length === 0 && (strict || !allowed)) {
    throw new Refused(
      `instance "${instance.name}" has no virtual address`,
      "give it one, of the family of its other addresses",
    );
  }
  const priority = instance.priority ?? (instance.state === "MASTER" ? 255 : 100);
  const unicast = instance.peers.length > 0;
  const noPeers = instance.faultWithoutPeers && !unicast;
  if (strict && unicast && instance.interface !== undefined && isSince("2.4", conf.host)) {
    throw new Refused(
      `instance "${instance.name}" has unicast peers under vrrp_strict`,
      "remove vrrp_strict",
    );
  }
  const faults = [
    ...(noPeers ? ["it has unicast_fault_no_peer and no peers"] : []),
    ...(instance.sourceLost ? ["its source address is no address"] : []),
  ];
  if (instance.unicastAsked && !unicast && !noPeers) {
    note("has no unicast_peer, so keepalived sends its adverts by multicast", "list the peers");
  }
  const complete: CompleteInstance = Object.assign(instance, {
    family,
    version,
    strict,
    priority,
    unicast,
    faults,
    state: stateOf(instance, priority, strict),
    interface: instance.interface ?? "",
    advertMicros: advertMicros(version, instance.advertMicros || 1_000_000),
    multicastGroup:
      instance.multicastGroup ?? (family === 4 ? globals.multicast4 : globals.multicast6),
    accept: acceptOf(instance, priority, strict, version),
  });
  completeAuthentication(complete, note);
  preemption(complete, note);
  weights(complete, conf, note);
  return complete;
}

/** Without an interface of its own an instance has only the addresses that name one. */
function dropHomeless(instance: Instance, note: Note): void {
  const home = ({ device }: ConfAddress) => device !== undefined;
  const lost = [...instance.addresses, ...instance.excluded].filter((one) => !home(one));
  if (lost.length === 0) return;
  note(
    `has no interface and loses ${lost.map(({ address }) => address).join(", ")}`,
    "name the interface, on a line of its own in the instance",
  );
  instance.addresses = instance.addresses.filter(home);
  instance.excluded = instance.excluded.filter(home);
}

function versionOf({ version }: Instance, family: 4 | 6, strict: boolean, global: 2 | 3): 2 | 3 {
  if (family === 6) return strict ? 3 : (version ?? 3);
  return version ?? global;
}

function stateOf({ state }: Instance, priority: number, strict: boolean): "MASTER" | "BACKUP" {
  const byPriority = priority === 255 ? "MASTER" : "BACKUP";
  return state === undefined || strict ? byPriority : state;
}

function acceptOf(
  { accept }: Instance,
  priority: number,
  strict: boolean,
  version: 2 | 3,
): boolean {
  if (priority === 255) return accept ?? true;
  return (accept ?? !strict) && !(strict && version === 2);
}

/** VRRPv2 knows whole seconds up to 255, VRRPv3 steps of 10 ms up to 40.95 s. */
function advertMicros(version: 2 | 3, micros: number): number {
  const unit = version === 2 ? 1_000_000 : 10_000;
  const most = version === 2 ? 255 : 4095;
  return Math.min(most, Math.max(1, Math.floor((micros + unit / 2) / unit))) * unit;
}

type Note = (message: string, fix?: string) => void;

function preemption(instance: CompleteInstance, note: Note): void {
  if (instance.nopreempt && (instance.state === "MASTER" || instance.priority === 255)) {
    note("has nopreempt, which is cleared because it starts as MASTER", "use state BACKUP");
    instance.nopreempt = false;
  }
  if (instance.preemptDelaySec === 0) return;
  if (instance.state === "MASTER" || instance.strict || instance.nopreempt) {
    note(
      "has a preempt_delay that is cleared: state MASTER, nopreempt or vrrp_strict stand beside it",
    );
    instance.preemptDelaySec = 0;
  }
}

/** Its own interface is not tracked twice; a sync group and an owner know no weights. */
function weights(instance: CompleteInstance, conf: Conf, note: Note): void {
  const others = instance.interfaces.filter(({ name }) => name !== instance.interface);
  instance.ownInterfaceTracked = others.length < instance.interfaces.length;
  instance.interfaces = others;
  if (instance.ownInterfaceTracked) {
    note(`tracks its own interface "${instance.interface}", which is ignored`, "remove the line");
  }
  const group = conf.groups.find(({ name }) => name === instance.syncGroup);
  const inGroup = group !== undefined && !group.weighted;
  const owner = instance.priority === 255;
  if (!inGroup && !owner) return;
  const lost = (list: Tracked[]): Tracked[] =>
    list.filter(({ name, weight }) => {
      if (weight !== 0) instance.lostWeights.push(name);
      return weight === 0;
    });
  instance.scripts = lost(instance.scripts);
  instance.bfds = lost(instance.bfds);
  instance.files = lost(
    instance.files.map((file) => (file.weight === 1 ? { ...file, weight: 0 } : file)),
  );
  instance.interfaces = inGroup
    ? instance.interfaces.map((one) => ({ ...one, weight: 0 }))
    : lost(instance.interfaces);
  if (instance.lostWeights.length > 0) {
    note(
      `throws away ${instance.lostWeights.join(", ")}, because ${inGroup ? `a weight does not count in sync group "${group.name}"` : "a priority of 255 knows no weights"}`,
      inGroup ? "use weight 0 (FAULT), or sync_group_tracking_weight" : "use a lower priority",
    );
  }
}
