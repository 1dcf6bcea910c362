import type { ResolvedStack } from "../../config/resolve";
import { backupJob, startupOrder } from "../ha-group/guests";
import type { connectionTo } from "../shared/host-files";
import type { CreatedGuests } from "./created";

const OUTSIDE_HA = { name: "outside-ha", opts: {} };

/** Start-up order and backup of the guests that are in no HA group. */
export function guestsOutsideHa(
  { guests, backup }: ResolvedStack["guestsOutsideHa"],
  containers: CreatedGuests,
  control: ReturnType<typeof connectionTo> | undefined,
): void {
  for (const { startup, ...guest } of guests) {
    if (startup && control && !containers[guest.name]) {
      startupOrder(OUTSIDE_HA, { ...guest, startup }, control);
    }
  }
  const saved = guests.filter((guest) => guest.backup);
  const dependsOn = saved.flatMap((guest) => containers[guest.name] ?? []);
  if (backup && saved.length > 0) backupJob({ ...OUTSIDE_HA, opts: { dependsOn } }, saved, backup);
}
