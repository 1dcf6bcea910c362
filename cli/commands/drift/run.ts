import { readNamed } from "../../lib/files";
import { withForge } from "../../lib/forge";
import { ledger } from "../../lib/ledger";
import { UsageError } from "../../lib/usage";
import { driftBody, driftTitle } from "./text";

interface Comparison {
  /** Stack that was compared with reality. */
  stack: string;
  /** File with what the comparison printed. */
  log: string;
  /** Its exit code; 0 when nothing differs. */
  code: string;
}

/** Opens, updates or closes the issue about drift; returns what was done. */
export function reportDrift({ stack, log, code }: Comparison): Promise<string> {
  if (!/^\d+$/.test(code)) {
    throw new UsageError(`found --code ${code}, expected an exit code such as 0 or 255`);
  }
  const title = driftTitle(stack);
  const body = driftBody(stack, readNamed(log));
  return withForge((forge) =>
    ledger.step("the issue about drift", () =>
      code === "0" ? forge.closeIssue(title) : forge.openIssue(title, body),
    ),
  );
}
