import { DRAIN_NAME } from "../vrrp/drain";
import type { TrackedFile, VrrpCheck, VrrpMember } from "../vrrp/types";
import type { ConfReading } from "./read";
import type { CompleteInstance, Conf, ConfAddress, SyncGroup, Tracked, Tracking } from "./state";

/**
 * The members that the instances of a file are, named like them.
 *
 * In a sync group a FAULT of one instance takes the others along, so they have each other's checks
 * without a weight. A script whose weight is `reverse` succeeds when something is wrong: its weight
 * has the other sign here.
 */
export function membersOf({ instances, conf }: ConfReading): VrrpMember[] {
  return instances.map((instance) => {
    const group = conf.groups.find(({ name }) => name === instance.syncGroup);
    const all = [instance, ...(group ? [group] : [])];
    const files = all.flatMap((one) => filesOf(one, conf));
    const own = uniqueChecks(all.flatMap((one) => checksOf(one, conf)));
    const siblings = group ? siblingChecks(instance, group, conf) : [];
    const lost = lostChecks(instance);
    return {
      name: instance.name,
      priority: instance.priority,
      state: instance.state,
      version: instance.version,
      virtualRouterId: instance.routerId,
      advertIntervalSec: instance.advertMicros / 1e6,
      vips: instance.addresses.map(textOf),
      interface: instance.interface,
      nopreempt: instance.nopreempt,
      preemptDelaySec: instance.preemptDelaySec,
      checks: uniqueChecks([...own, ...siblings]),
      otherTracking:
        all.some((one) => tracksOther(one, conf)) || siblingTracks(instance, group, conf),
      ...(instance.excluded.length > 0 && { excludedVips: instance.excluded.map(textOf) }),
      ...(instance.source !== undefined && { address: instance.source }),
      ...(instance.peers.length > 0 && { unicastPeers: instance.peers }),
      ...(!instance.unicast && { multicastGroup: instance.multicastGroup }),
      ...(instance.authType && { authType: instance.authType }),
      ...(instance.authPass && { authPass: instance.authPass }),
      ...(files.length > 0 && { trackedFiles: files }),
      ...(lost !== undefined && { lostChecks: lost }),
    };
  });
}

function textOf({ text }: ConfAddress): string {
  return text;
}

function checksOf(one: Tracking, conf: Conf): VrrpCheck[] {
  const scripts = one.scripts.flatMap((tracked) => {
    const script = conf.scripts.find(({ name }) => name === tracked.name);
    if (script === undefined) return [];
    const { intervalSec, timeoutSec, fall, rise, command } = script;
    return [
      {
        name: tracked.name,
        weight: signed(tracked),
        intervalSec,
        timeoutSec: timeoutSec || intervalSec,
        fall,
        rise,
        command,
      },
    ];
  });
  const atOnce = (watches: NonNullable<VrrpCheck["watches"]>, list: readonly Tracked[]) =>
    list.map((tracked): VrrpCheck => {
      const timing = { intervalSec: 0, timeoutSec: 0, fall: 1, rise: 1 };
      return { name: tracked.name, weight: signed(tracked), ...timing, watches };
    });
  return [
    ...scripts,
    ...atOnce("process", one.processes),
    ...atOnce("interface", one.interfaces),
    ...atOnce("bfd", one.bfds),
  ];
}

function signed({ weight, reverse }: Tracked): number {
  return reverse && weight !== 0 ? -weight : weight;
}

function uniqueChecks(checks: readonly VrrpCheck[]): VrrpCheck[] {
  const key = ({ name, watches }: VrrpCheck) => `${watches} ${name}`;
  return [...new Map([...checks].reverse().map((check) => [key(check), check])).values()].reverse();
}

/** What takes a sibling down takes the whole group down. */
function siblingChecks(instance: CompleteInstance, group: SyncGroup, conf: Conf): VrrpCheck[] {
  return group.instances
    .filter((one) => one !== instance)
    .flatMap((one) => checksOf(one, conf))
    .filter(({ weight }) => weight === 0);
}

function siblingTracks(
  instance: CompleteInstance,
  group: SyncGroup | undefined,
  conf: Conf,
): boolean {
  return (group?.instances ?? []).some(
    (one) =>
      one !== instance &&
      filesOf(one, conf).some(({ name, weight }) => weight === 0 && name !== DRAIN_NAME),
  );
}

function filesOf(one: Tracking, conf: Conf): TrackedFile[] {
  return one.files.map(({ name, weight, reverse }) => {
    const path = conf.files.find((file) => file.name === name)?.path ?? "";
    return { name, path, weight, reverse };
  });
}

/** A file with which people step aside says nothing about the service. */
function tracksOther(one: Tracking, conf: Conf): boolean {
  return filesOf(one, conf).some(({ name }) => name !== DRAIN_NAME);
}

function lostChecks(instance: CompleteInstance): string | undefined {
  const { lostWeights, lostScripts, ownInterfaceTracked, syncGroup } = instance;
  if (lostWeights.length > 0) {
    const why = syncGroup === undefined ? "with priority 255" : "in a sync group";
    return `keepalived throws away what has a weight ${why}: ${lostWeights.join(", ")}`;
  }
  if (lostScripts.length > 0) {
    return `no script is defined above it by the name ${lostScripts.join(", ")}`;
  }
  return ownInterfaceTracked
    ? `keepalived ignores its own interface "${instance.interface}" in track_interface`
    : undefined;
}
