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
  /**
   * Where keepalived runs with it and has no instance: whether the file tries to define one, or has
   * some for other hosts only. @default it has one, or never meant to
   */
  none?: "lost" | "elsewhere";
}

const triesOne = /^[\s{}]*"?vrrp_instance\b/m;
const hasForOthers = /^\s*@.*\bvrrp_instance\b/m;

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
    const instances = completeConf(conf, (note) => later.push(note));
    noteEnd(conf, [...lines.notes, ...stream.notes], later);
    const none = instances.length > 0 ? undefined : whyNone(text, conf);
    return { ...reading({ instances }), ...(none && { none }) };
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return reading({ instances: [], refused: { message: error.message, fix: error.fix } });
  }
}

function whyNone(text: string, conf: Conf): ConfReading["none"] {
  if (conf.triedInstances > 0 || triesOne.test(text)) return "lost";
  return hasForOthers.test(text) ? "elsewhere" : undefined;
}

/** Under `reload_check_config` keepalived ends over what it otherwise only complains of. */
function noteEnd(conf: Conf, notes: readonly ConfNote[], later: ConfNote[]): void {
  const { endsOverMistakes: at } = conf.globals;
  const used = [...conf.instances, ...conf.groups].flatMap(({ scripts }) => scripts);
  const unused = conf.scripts.some(({ name }) => !used.some((one) => one.name === name));
  if (at === undefined || (notes.length === 0 && !unused)) return;
  later.push({
    line: at.line,
    ...(at.file && { file: at.file }),
    message:
      "has reload_check_config, with which keepalived ends over every mistake, a script that nobody tracks too",
    fix: "correct the file, or remove reload_check_config",
  });
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
