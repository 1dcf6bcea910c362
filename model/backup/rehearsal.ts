/** A guest whose backup is to be tried. */
export interface RehearsedGuest {
  vmid: number;
  type: "ct" | "vm";
}

/** How a backup is tried. */
export interface RestoreRehearsal {
  guest: RehearsedGuest;
  /** The backup, as `pvesm list` names it. */
  archive: string;
  /** VMID of the copy, which nobody may have. */
  copy: number;
  /** Storage of the copy's disks. */
  storage: string;
}

/** One command of a rehearsal, as root on the guest's node. */
export interface RehearsalStep {
  why: string;
  command: string[];
}

/** What is done, and what takes it away again whatever happened. */
export interface RehearsalPlan {
  steps: RehearsalStep[];
  cleanup: RehearsalStep[];
  /**
   * After how many steps there is a copy to take away. Not before: a restore that fails leaves none, and who
   * has the VMID then is somebody else.
   */
  madeAfter: number;
}

/** Network cards that a guest can have, of which none may come up: the copy has the original's addresses. */
const CARDS = Array.from({ length: 8 }, (_, index) => `net${index}`).join(",");

/**
 * The rehearsal of a restore: to another VMID, without network, so that the copy meets nobody; started,
 * asked, and removed. No command but a read names the original.
 *
 * @see pct(1), qm(1), qmrestore(1), pvesh(1)
 * @throws Error for a copy in the original's place
 */
export function planRehearsal({ guest, archive, copy, storage }: RestoreRehearsal): RehearsalPlan {
  const { vmid, type } = guest;
  if (copy === vmid) throw new Error(`copy: found ${copy}, the original itself; use another VMID`);
  const id = `${copy}`;
  const tool = type === "ct" ? "pct" : "qm";
  const restore =
    type === "ct"
      ? ["pct", "restore", id, archive, "--storage", storage, "--unique", "1", "--start", "0"]
      : ["qmrestore", archive, id, "--storage", storage, "--unique", "1", "--start", "0"];
  const inside =
    type === "ct" ? ["pct", "exec", id, "--", "true"] : ["qm", "guest", "exec", id, "--", "true"];
  return {
    madeAfter: 2,
    steps: [
      {
        why: `nobody may have VMID ${copy}`,
        command: ["pvesh", "get", "/cluster/nextid", "--vmid", id],
      },
      { why: "the backup is restored beside the original", command: restore },
      {
        why: "without network: it has the original's addresses; and no node starts it by itself",
        command: [tool, "set", id, "--delete", CARDS, "--onboot", "0"],
      },
      { why: "it starts", command: [tool, "start", id] },
      {
        why: type === "ct" ? "a program runs in it" : "its guest agent runs a program",
        command: inside,
      },
    ],
    cleanup: [
      { why: "it stops", command: [tool, "stop", id] },
      { why: "it is removed", command: [tool, "destroy", id, "--purge", "1"] },
    ],
  };
}
