import { placesOf } from "../audit/placement";
import type { ClusterSnapshot } from "../cluster-snapshot";
import { leftBehind } from "../storage/left-behind";
import type { Reasons } from "./types";

/**
 * Guests under HA of which something stays behind when HA moves them, and that the stack file has no
 * key for: they are not taken over silently.
 */
export function heldGuests(cluster: ClusterSnapshot): Reasons {
  const places = placesOf(cluster);
  const managed = new Set(cluster.ha.resources.map(({ sid }) => sid));
  return new Map(
    cluster.guests.flatMap((guest) => {
      if (!managed.has(guest.sid)) return [];
      const [first] = leftBehind(cluster, guest, places(guest.sid));
      if (first === undefined) return [];
      return [[guest.sid, `${guest.name} (${guest.sid}) is under HA and ${first.what}`] as const];
    }),
  );
}
