import type { Finding } from "../finding";
import type { LsyncdFile } from "./conf";

const rule = "lsyncd-file";

/**
 * What an lsyncd does to its targets when the source is not what it should be.
 *
 * @param guarded whether something else keeps it from starting then, e.g. its unit
 * @param paired whether the source is a member of a virtual address: its targets are what takes over
 */
export function judgeLsyncd(file: LsyncdFile, guarded: boolean, paired: boolean): Finding[] {
  const wiped = file.syncs.filter((sync) => sync.delete === "always" || sync.delete === "startup");
  return [
    ...(file.guarded || guarded ? [] : wiped).map(
      ({ source }): Finding => ({
        rule,
        path: [],
        message: `"delete" of ${source === undefined ? "a tree" : `"${source}"`} is on when lsyncd starts, so a source that is empty or not mounted empties every target`,
        fix: 'write `delete = false` or `delete = "running"`, or refuse to start without a file that proves the source',
        severity: paired ? "error" : "warning",
      }),
    ),
    ...(file.insist
      ? []
      : [
          {
            rule,
            path: [],
            message:
              "settings have no insist, so a target that is away at the start ends lsyncd, and nothing is copied any more",
            fix: "write `settings { insist = true }`",
            severity: "warning" as const,
          },
        ]),
  ];
}
