import { readNamed } from "../../lib/files";
import { withForge } from "../../lib/forge";
import { ledger } from "../../lib/ledger";
import { UsageError } from "../../lib/usage";

/** Writes a report to the pull request of this CI job; returns what was done. */
export function commentReport(named: string): Promise<string> {
  const body = readNamed(named);
  const marker = commentMarker(body);
  return withForge((forge) => ledger.step("the comment", () => forge.comment(marker, body)));
}

/** The line by which a report is found again. */
export function commentMarker(body: string): string {
  const marker = /^<!-- homelab-report:\S+ -->/.exec(body)?.[0];
  if (!marker)
    throw new UsageError("the file is not a report; write it with: homelab report --output");
  return marker;
}
