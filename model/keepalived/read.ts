import { completeConf } from "./complete";
import { type ConfNote, type KeepalivedHost, Refused } from "./host";
import { type Part, rootKeywords } from "./keywords/roots";
import { ConfLines } from "./lines";
import { type CompleteInstance, type Conf, emptyConf } from "./state";
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
  let parse = new Parse(text, host);
  if (parse.oddBraces || definesGlobalsLate(text)) {
    // One process reads the global settings, another one the rest.
    const general = new Parse(text, host, emptyConf(host), "globals");
    const rest = new Parse(
      text,
      host,
      { ...emptyConf(host), globals: general.conf.globals },
      "rest",
    );
    const starts = general.conf.startsVrrp || rest.conf.triedInstances === 0;
    parse = starts ? rest.after(general) : general;
  }
  const { conf } = parse;
  const later: ConfNote[] = [];
  const reading = (more: Pick<ConfReading, "instances" | "refused">): ConfReading => ({
    conf,
    ...more,
    notes: [...parse.notes, ...later].sort((a, b) => a.line - b.line),
    unjudged: [
      ...new Set(parse.unjudged),
      ...(keyed ? ["auth_hmac, which keepalived knows from 2.4 on, and whose keys"] : []),
    ],
  });
  try {
    if (parse.refused) throw parse.refused;
    const instances = completeConf(conf, (note) => later.push(note));
    noteEnd(conf, parse.notes, later);
    const none = instances.length > 0 ? undefined : whyNone(text, conf);
    return { ...reading({ instances }), ...(none && { none }) };
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return reading({ instances: [], refused: { message: error.message, fix: error.fix } });
  }
}

/** One reading of a file from its first line to its last. */
class Parse {
  notes: ConfNote[];
  readonly unjudged: string[];
  readonly oddBraces: boolean;
  refused: Refused | undefined;

  constructor(
    text: string,
    host: KeepalivedHost,
    readonly conf: Conf = emptyConf(host),
    part?: Part,
  ) {
    const lines = new ConfLines(text, host);
    const stream = new ConfStream(lines);
    try {
      stream.run(rootKeywords(conf, part));
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      this.refused = error;
    }
    this.notes = [...lines.notes, ...stream.notes];
    if (lines.depth > 0 && !this.refused) {
      const message = `leaves ${lines.depth} "{" open`;
      this.notes.push({ line: 1, message, fix: 'add the missing "}"' });
    }
    this.unjudged = lines.unjudged;
    this.oddBraces = stream.oddBraces || lines.depth > 0;
  }

  /** With what an earlier reading had to say; the same is said once. */
  after(earlier: Parse): Parse {
    const known = new Set(earlier.notes.map((note) => JSON.stringify(note)));
    const fresh = this.notes.filter((note) => !known.has(JSON.stringify(note)));
    this.notes = [...earlier.notes, ...fresh];
    this.refused = earlier.refused ?? this.refused;
    return this;
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
