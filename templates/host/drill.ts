import { literal, word } from "../text";

/** Timer on a member that takes a fault back when nobody else does: the control machine may be gone. */
export const UNDO_UNIT = "homelab-drill-undo";

/** What a member says that has a fault already. */
export const REFUSED = "refused";

/** A fault on a member, and how it is taken back. */
export interface FaultScript {
  /** Name of the fault, for the journal of the member. */
  fault: string;
  /** Shell that makes it. */
  begin: string;
  /** Shell that takes it back; can run again at any time. */
  undo: string;
  /** Seconds after which the member takes it back by itself. */
  afterSec: number;
}

/**
 * POSIX shell that arms the member's own undo, and only then makes the fault. A member on which an undo
 * is armed already is in a drill, and gets no second fault.
 */
export function faultScript({ fault, begin, undo, afterSec }: FaultScript): string {
  if (!Number.isInteger(afterSec) || afterSec < 1) {
    throw new Error(`afterSec: found ${afterSec}, expected whole seconds from 1`);
  }
  return `set -eu
if systemctl is-active --quiet ${UNDO_UNIT}.timer; then
  echo ${REFUSED}
  exit 0
fi
systemctl stop ${UNDO_UNIT}.timer ${UNDO_UNIT}.service 2>/dev/null || true
systemctl reset-failed ${UNDO_UNIT}.timer ${UNDO_UNIT}.service 2>/dev/null || true
systemd-run --quiet --unit=${UNDO_UNIT} --description=${literal(`Takes back: ${word(fault, "fault")}`, "fault")} --on-active=${afterSec} --timer-property=AccuracySec=1s /bin/sh -c ${literal(undo, "undo")}
systemctl is-active --quiet ${UNDO_UNIT}.timer
${begin}
echo begun
`;
}

/**
 * POSIX shell that takes a fault back, whether or not it was made or the member did so itself, and
 * prints `back`; then it disarms the undo. A fault that cannot be taken back leaves it armed.
 */
export function undoScript({ undo }: Pick<FaultScript, "undo">): string {
  return `set -eu
/bin/sh -ec ${literal(undo, "undo")}
systemctl stop ${UNDO_UNIT}.timer 2>/dev/null || true
echo back
`;
}
