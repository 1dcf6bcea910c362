import type { Random } from "../endurance/random";
import type { LabHost } from "../machine/host";
import { onHost, type SoakPair } from "./pairs";

// Hosts of the lab share the machine's clock, which nobody sets: keepalived and its watcher get one of their
// own by libfaketime. What the kernel does by the clock is the same for all and is not tried.

/** Package with the library, on the hosts. */
export const CLOCK_PACKAGE = "libfaketime";

/** Seconds by which a clock is set wrong. */
const STEPS: readonly [number, ...number[]] = [3600, -3600, 2, -2, 0, 86_400, 0.5, -0.5];

const OFFSET = "/run/lab-clock";

const ENVIRONMENT = [
  "FAKETIME_CACHE_DURATION=1",
  // The monotonic clock is nobody's to set.
  "DONT_FAKE_MONOTONIC=1",
  `FAKETIME_TIMESTAMP_FILE=${OFFSET}`,
];

/** Gives the daemons of every host a clock of their own, or the machine's again; they are restarted. */
export async function runClocks(pairs: readonly SoakPair[], own: boolean): Promise<void> {
  for (const { world } of pairs) for (const host of world.hosts) await runClock(host, own);
}

async function runClock(host: LabHost, own: boolean): Promise<void> {
  const script = `set -eu
library=$(ls /usr/lib/*/faketime/libfaketime.so.1)
echo +0 >${OFFSET}
units=$(systemctl list-units --plain --no-legend --state=active '*-check-watcher.service' | cut -d ' ' -f 1)
for unit in $units keepalived.service; do
  folder=/run/systemd/system/$unit.d
  mkdir -p $folder
  ${own ? `printf '[Service]\\nEnvironment=LD_PRELOAD=%s ${ENVIRONMENT.join(" ")}\\n' "$library" >$folder/lab-clock.conf` : "rm -f $folder/lab-clock.conf"}
done
systemctl daemon-reload
systemctl restart $units keepalived.service
for unit in $units keepalived.service; do
  pid=$(systemctl show -p MainPID --value $unit)
  ${own ? `grep -q libfaketime /proc/$pid/maps || { echo "$unit has no clock of its own" >&2; exit 1; }` : ""}
done`;
  await onHost(host, script);
}

/** Sets the clock of every host to another time, back or forth, all at different ones. */
export async function stepClocks(pairs: readonly SoakPair[], random: Random): Promise<void> {
  for (const { world } of pairs) {
    for (const host of world.hosts) {
      const step = random.pick(STEPS);
      await onHost(host, `echo ${step < 0 ? step : `+${step}`} >${OFFSET}`);
    }
  }
}
