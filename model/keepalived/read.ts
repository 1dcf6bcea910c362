import { completeConf } from "./complete";
import { type ConfNote, type KeepalivedHost, Refused } from "./host";
import { rootKeywords } from "./keywords/roots";
import { ConfLines } from "./lines";
import type { CompleteInstance } from "./state";
import { type Conf, emptyConf } from "./state";
import { ConfStream } from "./stream";

/** What keepalived makes of a file. */
export interface ConfReading {
  conf: Conf;
  /** Its instances, complete; none where it refuses the file. */
  instances: CompleteInstance[];
  /** Why it ends instead of running. @default it runs */
  refused?: { message: string; fix: string };
  /** What it does otherwise than it is written, in the order of the lines. */
  notes: ConfNote[];
  /** What cannot be known from here. */
  unjudged: string[];
}

/**
 * Reads a `keepalived.conf` as the daemon does.
 *
 * @param known what it is read against; what is not known about it counts in the file's favour
 */
export function readConf(text: string, known: KeepalivedHost = {}): ConfReading {
  const keyed = known.release === undefined && /^\s*auth_hmac\b/m.test(text);
  const host: KeepalivedHost = keyed ? { ...known, release: "2.4" } : known;
  const lines = new ConfLines(text, host);
  const stream = new ConfStream(lines);
  const conf = emptyConf(host);
  if (definesGlobalsLate(text)) conf.globals = globalsOf(text, host);
  const later: ConfNote[] = [];
  const reading = (more: Pick<ConfReading, "instances" | "refused">): ConfReading => ({
    conf,
    ...more,
    notes: [...lines.notes, ...stream.notes, ...later].sort((a, b) => a.line - b.line),
    unjudged: [
      ...new Set(lines.unjudged),
      ...(keyed ? ["auth_hmac, which keepalived knows from 2.4 on, and whose keys"] : []),
    ],
  });
  try {
    stream.run(rootKeywords(conf));
    if (lines.depth > 0) {
      later.push({
        line: 1,
        message: `leaves ${lines.depth} "{" open`,
        fix: 'add the missing "}"',
      });
    }
    return reading({ instances: completeConf(conf, (note) => later.push(note)) });
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return reading({ instances: [], refused: { message: error.message, fix: error.fix } });
  }
}

/** Whether a block that may depend on them stands before some `global_defs`. */
function definesGlobalsLate(text: string): boolean {
  const first = text.search(/\bvrrp_/);
  return first >= 0 && text.lastIndexOf("global_defs") > first;
}

/** The daemon takes every `global_defs` of a file before it looks at anything else. */
function globalsOf(text: string, host: KeepalivedHost): Conf["globals"] {
  const conf = emptyConf(host);
  try {
    new ConfStream(new ConfLines(text, host)).run(rootKeywords(conf));
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
  }
  return conf.globals;
}
